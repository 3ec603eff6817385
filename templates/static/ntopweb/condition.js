/* A box for a condition: what can follow while one writes, and what is wrong and where.
   <input data-condition data-words="url" data-check="url"> with [data-says] and [data-offers] near it. */
"use strict";

(function () {
    const MOST = 8;
    const words = new Map();

    /** The columns, functions and words, read once for each address. */
    async function wordsOf(url) {
        if (!words.has(url)) words.set(url, (await (await fetch(url, { credentials: "same-origin" })).json()).words);
        return words.get(url);
    }

    /** The word that is being written: its start, and its text until the caret; none inside quotes. */
    function current(box) {
        const before = box.value.slice(0, box.selectionStart);
        if ((before.match(/'/g) || []).length % 2) return null;
        const text = before.match(/[a-z_0-9]*$/i)[0];
        return { start: before.length - text.length, text };
    }

    const near = (box, what) => box.closest("[data-condition-bar]").querySelector(what);

    async function offer(box) {
        const list = near(box, "[data-offers]"), word = current(box);
        list.replaceChildren();
        list.hidden = true;
        if (!word || word.text.length < 1) return;
        const text = word.text.toLowerCase();
        const known = (await wordsOf(box.dataset.words)).filter((one) => one.name.toLowerCase().includes(text) && one.name.toLowerCase() !== text);
        known.sort((one, other) => other.name.toLowerCase().startsWith(text) - one.name.toLowerCase().startsWith(text));
        for (const one of known.slice(0, MOST)) {
            const line = document.createElement("button");
            line.type = "button";
            line.setAttribute("role", "option");
            const name = document.createElement("b"), about = document.createElement("span");
            [name.textContent, about.textContent] = [one.name, one.about];
            line.append(name, about);
            line.addEventListener("mousedown", (event) => { event.preventDefault(); take(box, one.name); });
            list.append(line);
        }
        list.hidden = !list.children.length;
    }

    function take(box, name) {
        const word = current(box);
        const rest = box.value.slice(box.selectionStart), more = name.endsWith("(") ? "" : " ";
        box.value = box.value.slice(0, word.start) + name + more + rest.replace(/^ /, "");
        const caret = word.start + name.length + more.length;
        box.setSelectionRange(caret, caret);
        near(box, "[data-offers]").hidden = true;
        check(box);
    }

    async function check(box) {
        const says = near(box, "[data-says]"), text = box.value;
        if (!text.trim()) { say(says, "", ""); return; }
        const answer = await (await fetch(`${box.dataset.check}?q=${encodeURIComponent(text)}`, { credentials: "same-origin" })).json();
        if (box.value === text) say(says, answer.ok ? "Understood" : answer.reason, answer.ok ? "good" : "bad");
    }

    function say(place, text, how) {
        place.textContent = text;
        place.dataset.says = how;
    }

    let waiting = 0;
    document.addEventListener("input", (event) => {
        if (!event.target.matches("[data-condition]")) return;
        offer(event.target);
        clearTimeout(waiting);
        waiting = setTimeout(() => check(event.target), 250);
    });

    document.addEventListener("keydown", (event) => {
        if (!event.target.matches("[data-condition]")) return;
        const list = near(event.target, "[data-offers]"), lines = [...list.children];
        if (event.key === "Escape") list.hidden = true;
        if (list.hidden || !lines.length) return;
        const at = lines.findIndex((line) => line.ariaSelected === "true");
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            const next = (at + (event.key === "ArrowDown" ? 1 : -1) + lines.length) % lines.length;
            lines.forEach((line, place) => { line.ariaSelected = String(place === next); });
        } else if ((event.key === "Enter" && at >= 0) || event.key === "Tab") {
            event.preventDefault();
            take(event.target, lines[Math.max(at, 0)].querySelector("b").textContent);
        }
    });

    document.addEventListener("focusout", (event) => {
        if (event.target.matches("[data-condition]")) near(event.target, "[data-offers]").hidden = true;
    });

    document.addEventListener("click", (event) => {
        const example = event.target.closest("[data-example]");
        if (!example) return;
        const box = near(example, "[data-condition]");
        box.value = example.dataset.example;
        example.closest("details").open = false;
        box.focus();
        check(box);
    });
})();
