/* Live push: one WebSocket per page that follows alerts and traffic, resumes from the last event it
   saw, and tells the page by events on the body: nt:alerts (something changed), nt:alert (the alert
   that this page shows), nt:traffic (something new is stored), nt:live (connected or not). */
"use strict";

(function () {
    const NOT_ALLOWED = 4403, BAD_REQUEST = 4400;
    const LONGEST_PAUSE = 15000;   // ms between two attempts
    const SILENCE = 75000;         // ms without a word: the server says "alive" every 30 s
    const TOASTS = 3, TOASTS_ON_A_PHONE = 1, TOAST_MS = 8000;
    const phone = matchMedia("(max-width: 640px)");
    const LOUD = ["error", "critical", "emergency"];
    let last = null, pause = 500, silence = null;

    function connect() {
        const scheme = location.protocol === "https:" ? "wss" : "ws";
        const from = last === null ? "" : `?last=${last}`;
        const socket = new WebSocket(`${scheme}://${location.host}/ws/live/${from}`);
        socket.onopen = () => { state(true); watch(socket); };
        socket.onmessage = (message) => { pause = 500; watch(socket); take(JSON.parse(message.data)); };
        socket.onclose = (event) => {
            clearTimeout(silence);
            state(false);
            if (event.code === NOT_ALLOWED || event.code === BAD_REQUEST) return;
            setTimeout(connect, pause * (0.5 + Math.random() / 2));
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        };
    }

    // A connection that died without a word is closed here, so that onclose connects anew.
    function watch(socket) {
        clearTimeout(silence);
        silence = setTimeout(() => socket.close(), SILENCE);
    }

    function state(isLive) {
        document.querySelectorAll("[data-live-state]").forEach((mark) => {
            mark.textContent = isLive ? "live" : "connecting …";
            mark.classList.toggle("nt-off", !isLive);
        });
        tell("live", { isLive });
    }

    // At most once a second for each name; what comes in between is told at the end of the second.
    const waiting = new Map();
    function tell(name, detail) {
        if (waiting.has(name)) { waiting.set(name, detail); return; }
        document.body.dispatchEvent(new CustomEvent(`nt:${name}`, { detail }));
        waiting.set(name, null);
        setTimeout(() => {
            const later = waiting.get(name);
            waiting.delete(name);
            if (later) tell(name, later);
        }, 1000);
    }

    function take(message) {
        if (message.kind === "traffic") tell("traffic", message);
        if (message.kind === "alerts") takeAlerts(message);
    }

    function takeAlerts(message) {
        const resumed = last === null;
        last = message.last;
        count(message.repeated || []);
        const events = message.events || [];
        if (!events.length && message.complete) return;
        tell("alerts", message);
        const shown = document.querySelector("[data-live-alert]");
        if (shown && events.some((event) => String(event.alert.id) === shown.dataset.liveAlert)) tell("alert", message);
        if (!resumed) toast(events.filter((event) => event.kind === "engaged" && LOUD.includes(event.alert.severity)));
    }

    // Alerts that only repeat change their count where they stand; nothing is read anew.
    function count(repeated) {
        for (const alert of repeated) {
            const cell = document.querySelector(`[data-alert="${alert.id}"] [data-count]`);
            if (cell) cell.textContent = alert.count.toLocaleString("en-US");
            const shown = document.querySelector("[data-live-alert]");
            if (shown && shown.dataset.liveAlert === String(alert.id)) tell("alert", alert);
        }
    }

    function toast(events) {
        if (!events.length || document.hidden || document.querySelector("#alerts")) return;
        const box = document.querySelector(".al-toasts") || document.body.appendChild(
            Object.assign(document.createElement("div"), { className: "al-toasts", role: "status" }));
        const most = phone.matches ? TOASTS_ON_A_PHONE : TOASTS;
        const shown = events.slice(-most);
        for (const event of shown) box.append(card(event.alert));
        if (events.length > shown.length) box.append(card({ id: "", severity: "error", message: `and ${events.length - shown.length} more`, entity: "" }));
        while (box.children.length > most + 1) box.firstChild.remove();
    }

    function card(alert) {
        const link = document.createElement("a");
        link.className = "al-toast";
        link.dataset.severity = alert.severity;
        link.href = alert.id ? `/alerts/${alert.id}/` : "/alerts/";
        const title = document.createElement("strong"), about = document.createElement("span");
        title.textContent = alert.message;
        about.textContent = alert.entity;
        link.append(title, about);
        setTimeout(() => link.remove(), TOAST_MS);
        return link;
    }

    // Ticks of a list survive its renewal.
    const ticked = new Set();
    function showTicks() {
        const form = document.querySelector("form[data-ticks]");
        if (!form) return;
        const boxes = [...form.querySelectorAll("input[name=alert]")];
        boxes.forEach((box) => { box.checked = ticked.has(box.value); });
        const bulk = form.querySelector(".al-bulk");
        if (!bulk) return;
        const chosen = boxes.filter((box) => box.checked).length;
        bulk.hidden = !chosen;
        bulk.querySelector("[data-ticked]").textContent = chosen;
        const all = form.querySelector("[data-tick-all]");
        all.checked = chosen > 0 && chosen === boxes.length;
        all.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    document.addEventListener("change", (event) => {
        const box = event.target;
        if (!box.closest || !box.closest("form[data-ticks]")) return;
        const boxes = box.matches("[data-tick-all]") ? box.form.querySelectorAll("input[name=alert]") : [box];
        boxes.forEach((one) => (box.checked ? ticked.add(one.value) : ticked.delete(one.value)));
        showTicks();
    });

    // What is new in a list is marked for a moment.
    let known = null;
    function markNew() {
        const rows = [...document.querySelectorAll("#alerts [data-alert]")];
        if (known) rows.forEach((row) => row.classList.toggle("al-new", !known.has(row.dataset.alert)));
        known = new Set(rows.map((row) => row.dataset.alert));
    }
    document.addEventListener("htmx:afterSwap", (event) => {
        if (event.detail.target && event.detail.target.id === "alerts") { showTicks(); markNew(); }
    });

    document.addEventListener("DOMContentLoaded", () => {
        markNew();
        if (document.querySelector(".nt, #nav-sidebar, [data-live-state]")) connect();
    });
})();
