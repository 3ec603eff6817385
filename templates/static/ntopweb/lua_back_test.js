/* Back-tests of what stands in the editor: begun, watched, cancelled, and shown by day. */
"use strict";

(function () {
    const begin = document.getElementById("lua-back-test");
    if (!begin) return;
    const form = document.getElementById("lua-form");
    const EVERY = 700;   // ms between two looks at a test that runs
    const at = (name) => document.getElementById(`lua-days${name}`);
    const count = new Intl.NumberFormat("en");
    let watched = null, cancelUrl = "";

    async function start() {
        const fields = { ...window.luaScript(), span: document.getElementById("lua-span").value, name: form.elements.name.value };
        fields.pools = [...form.querySelectorAll("[name=pools]:checked")].map((box) => box.value);
        at("").hidden = false;
        begin.disabled = true;
        at("").scrollIntoView({ block: "nearest" });
        reset("waits for a worker …");
        const said = await window.luaAsk(form.dataset.backTest, fields);
        begin.disabled = false;
        if (said.error) { reset(""); reasons([said.error], "nt-reason"); return; }
        watched = said.progress;
        look(watched);
    }

    function reset(text) {
        watched = null;
        at("-said").textContent = text;
        at("-table").hidden = at("-page").hidden = at("-cancel").hidden = at("-progress").hidden = true;
        reasons([]);
    }

    async function look(url) {
        const said = await (await fetch(url).catch(() => null))?.json().catch(() => null);
        if (watched !== url) return;   // another has begun since
        if (!said) { at("-said").textContent = "The server does not answer; asked again …"; setTimeout(() => look(url), 5 * EVERY); return; }
        cancelUrl = said.cancel;
        at("-cancel").hidden = at("-progress").hidden = said.is_over;
        at("-progress").setAttribute("aria-valuenow", said.percent);
        at("-progress").firstElementChild.style.width = `${said.percent}%`;
        if (said.is_over) { show(said); return; }
        at("-said").textContent = said.state === "waiting" ? "waits for a worker …" : `${said.percent} % · ${count.format(said.rows_done)} of ${count.format(said.rows_total)} flows`;
        setTimeout(() => look(url), EVERY);
    }

    const many = (number, word, more) => `${count.format(number)} ${word}${number === 1 ? "" : more}`;

    function show(said) {
        const result = said.result;
        if (said.state !== "done") { at("-said").textContent = said.state === "cancelled" ? "Cancelled." : "Failed."; reasons(said.error ? [said.error] : [], "nt-reason"); return; }
        at("-said").textContent = `${many(result.findings, "match", "es")} on ${many(result.hosts, "host", "s")} would have been ${many(result.alerts, "alert", "s")}, of ${count.format(result.rows)} flows; ${result.microseconds.toFixed(2)} µs a row, ${result.seconds.toFixed(2)} s of a core`;
        reasons([...result.notes, ...result.errors]);
        at("-page").href = said.page;
        at("-page").hidden = false;
        const body = at("-table").tBodies[0];
        body.replaceChildren(...result.days.map(row));
        at("-table").hidden = !result.days.length;
    }

    function row(day) {
        const made = document.createElement("tr");
        const each = day.rows ? (day.seconds / day.rows * 1e6).toFixed(2) : "–";
        const cells = [["Day (UTC)", day.day], ["Rows", count.format(day.rows)], ["Matches", count.format(day.matches)], ["Errors", count.format(day.errors)], ["µs a row", each]];
        cells.forEach(([label, text], place) => {
            const cell = made.insertCell();
            cell.dataset.label = label;
            cell.textContent = text;
            if (place) cell.className = "nt-right";
        });
        return made;
    }

    function reasons(texts, kind = "nt-hint") {
        at("-reasons").replaceChildren(...texts.map((text) => {
            const made = document.createElement("p");
            made.className = kind;
            made.textContent = text;
            return made;
        }));
    }

    begin.addEventListener("click", start);
    at("-cancel").addEventListener("click", () => window.luaAsk(cancelUrl, {}));
})();
