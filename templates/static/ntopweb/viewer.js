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

    // A part that renews itself waits while nobody looks, or while text in it is selected.
    document.addEventListener("htmx:beforeRequest", (event) => {
        if (!event.target.matches("[data-renews]")) return;
        const selection = document.getSelection();
        const reads = selection && !selection.isCollapsed && event.target.contains(selection.anchorNode);
        if (document.hidden || reads) event.preventDefault();
    });
})();
