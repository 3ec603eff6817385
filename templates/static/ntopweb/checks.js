/* The page of checks: the dialog of a check, many at once, how many alerts each made. */
"use strict";

(function () {
    const dialog = document.getElementById("check-dialog");

    document.addEventListener("htmx:afterSwap", (event) => {
        if (dialog && event.target.id === "check-dialog-body" && !dialog.open) dialog.showModal();
        if (event.target.closest && event.target.closest(".ck-checks")) showCounts();
    });
    document.addEventListener("click", (event) => {
        if (event.target.closest("[data-close]") || event.target === dialog) dialog.close();
        const own = event.target.closest("[data-own]");
        if (own) document.getElementById(own.dataset.field).value = own.dataset.own;
    });

    const many = document.getElementById("many");
    const chosen = () => document.querySelectorAll("input[form=many]:checked");
    document.addEventListener("change", (event) => {
        if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
        if (event.target.matches("[data-all]")) {
            document.querySelectorAll("input[form=many]").forEach((box) => { box.checked = event.target.checked; });
        }
        if (many) {
            const number = chosen().length;
            many.hidden = number === 0;
            many.querySelector("[data-chosen]").textContent = `${number} chosen`;
        }
    });

    let counts = null;
    function showCounts() {
        if (!counts) return;
        document.querySelectorAll("[data-alerts-of]").forEach((link) => {
            link.textContent = (counts[link.dataset.alertsOf] || 0).toLocaleString("en");
        });
    }
    const table = document.querySelector("[data-alert-counts]");
    if (table) {
        fetch(table.dataset.alertCounts).then((answer) => (answer.ok ? answer.json() : null)).then((found) => {
            counts = found;
            showCounts();
        });
    }
})();
