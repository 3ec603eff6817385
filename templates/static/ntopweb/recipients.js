// Renews a preview while its fields are written: posts them, shows what the server says.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
    for (const place of document.querySelectorAll("[data-renew]")) watch(place);
});

function watch(place) {
    const fields = place.dataset.fields.split(" ").map((name) => document.querySelector(`[name="${name}"]`)).filter(Boolean);
    let timer, number = 0;
    const renew = async () => {
        const mine = ++number;
        const body = new URLSearchParams(fields.map((field) => [field.name, field.value]));
        const token = document.querySelector("[name=csrfmiddlewaretoken]");
        const answer = await fetch(place.dataset.renew, { method: "POST", body, headers: { "X-CSRFToken": token ? token.value : "" } });
        if (mine === number && answer.ok) place.innerHTML = await answer.text();
    };
    const soon = () => { clearTimeout(timer); timer = setTimeout(renew, 250); };
    for (const field of fields) field.addEventListener("input", soon);
    if (document.querySelector("[name=csrfmiddlewaretoken]")) renew();
}
