/* Small things of every page: the viewer's time zone, forms that send themselves. */
"use strict";

(function () {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && !document.cookie.includes(`timezone=${zone}`)) {
        document.cookie = `timezone=${zone};path=/;max-age=31536000;samesite=lax`;
    }

    document.addEventListener("change", (event) => {
        const form = event.target.closest("form[data-send]");
        if (form && event.target.matches("select, input[type=checkbox]")) form.requestSubmit();
    });

    // Empty fields need not stand in the URL.
    document.addEventListener("submit", (event) => {
        if (!event.target.matches("form[data-send]")) return;
        for (const field of event.target.elements) if (!field.value) field.disabled = true;
    });
    window.addEventListener("pageshow", () => {
        document.querySelectorAll("form[data-send] [disabled]").forEach((field) => { field.disabled = false; });
    });

    // Unfold writes a chosen file's name into a field beside it, which ours have not: it skips what has its mark.
    document.addEventListener("DOMContentLoaded", () => {
        document.querySelectorAll(".nt input[type=file]").forEach((input) => { input.hasChangeListener = true; });
    });

    /** Show the same page for another time. */
    window.ntopweb = {
        look(since, until) {
            const url = new URL(location.href);
            url.searchParams.delete("span");
            url.searchParams.delete("cursor");
            url.searchParams.set("since", since.toISOString().slice(0, 19) + "Z");
            url.searchParams.set("until", until.toISOString().slice(0, 19) + "Z");
            location.assign(url);
        },
    };
    document.addEventListener("click", (event) => {
        const range = event.target.closest("[data-range]");
        document.querySelectorAll("[data-range][open]").forEach((one) => { if (one !== range) one.open = false; });
        if (!range || !event.target.closest("[data-show]")) return;
        const [first, last] = ["[data-since]", "[data-until]"].map((name) => range.querySelector(name));
        const [since, until] = [first, last].map((field) => new Date(field.value));
        last.setCustomValidity(since < until ? "" : "Must be later than the beginning.");
        if (last.reportValidity()) ntopweb.look(since, until);
    });

    // What is worth copying is copied by a click.
    document.addEventListener("click", async (event) => {
        const button = event.target.closest("[data-copy]");
        if (!button) return;
        const text = button.dataset.copy;
        try {
            await navigator.clipboard.writeText(text);
        } catch { // without HTTPS there is no clipboard
            const field = Object.assign(document.createElement("textarea"), { value: text });
            document.body.append(field);
            field.select();
            document.execCommand("copy");
            field.remove();
        }
        button.classList.add("nt-copied");
        setTimeout(() => button.classList.remove("nt-copied"), 1500);
    });

    // "/" leads to the search box, the arrows through what it found.
    document.addEventListener("keydown", (event) => {
        const box = document.querySelector("#find input");
        if (!box) return;
        const types = event.target.closest("input, textarea, select, [contenteditable], .ace_editor");
        if (event.key === "/" && !types && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); box.focus(); box.select(); }
        if (!event.target.closest("#find")) return;
        if (event.key === "Escape") { box.blur(); document.querySelector("#found").replaceChildren(); }
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
        event.preventDefault();
        const stops = [box, ...document.querySelectorAll("#found a")];
        const place = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
        stops[(place + stops.length) % stops.length].focus();
    });
    document.addEventListener("click", (event) => {
        if (!event.target.closest("#find")) document.querySelector("#found")?.replaceChildren();
    });

    // A button that changes something is a link of Unfold's: it posts, as CSRF protection asks.
    document.addEventListener("click", (event) => {
        const link = event.target.closest("a[data-post]");
        const token = document.querySelector("[name=csrfmiddlewaretoken]");
        if (!link || !token) return;
        event.preventDefault();
        const form = Object.assign(document.createElement("form"), { method: "post", action: link.href });
        form.append(token.cloneNode());
        document.body.append(form);
        form.submit();
    });

    // A part that renews itself waits while nobody looks, or while text in it is selected.
    document.addEventListener("htmx:beforeRequest", (event) => {
        if (!event.target.matches("[data-renews]")) return;
        const selection = document.getSelection();
        if (event.target.querySelector("details[open], input:focus, textarea:focus")) { event.preventDefault(); return; }
        const reads = selection && !selection.isCollapsed && event.target.contains(selection.anchorNode);
        if (document.hidden || reads) event.preventDefault();
    });
})();
