/* The editor of Lua scripts: Ace with the API's completion, syntax check while typing, trial. */
"use strict";

(function () {
    const form = document.getElementById("lua-form");
    if (!form) return;
    const source = document.getElementById("lua-source");
    const completions = JSON.parse(document.getElementById("lua-completions").textContent);
    const PAUSE = 400;   // ms without a key before the source is checked
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    let editor = null, waiting = null;

    function start() {
        const place = document.getElementById("lua-editor");
        if (!window.ace) { place.hidden = true; return; }
        ace.config.set("basePath", document.querySelector('script[src*="ace.js"]').src.replace(/ace\.js.*/, ""));
        editor = ace.edit(place);
        editor.session.setMode("ace/mode/lua");
        editor.session.setUseWorker(false);
        editor.setOptions({ enableBasicAutocompletion: true, enableLiveAutocompletion: true, tabSize: 2, useSoftTabs: true, showPrintMargin: false, readOnly: form.querySelector("fieldset").disabled });
        editor.completers = [{ getCompletions: complete, getDocTooltip: explain, identifierRegexps: [/[a-zA-Z_0-9.]/] }];
        editor.setValue(source.value, -1);
        editor.session.on("change", () => { source.value = editor.getValue(); later(); });
        source.hidden = true;
        theme();
        new MutationObserver(theme).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    }

    function theme() {
        const isDark = document.documentElement.classList.contains("dark");
        editor.setTheme(isDark ? "ace/theme/one_dark" : "ace/theme/github_light_default");
    }

    function complete(_editor, _session, _position, prefix, done) {
        const target = document.getElementById("lua-target").value === "host" ? "flow." : "host.";
        const fitting = completions.filter((one) => one.call.startsWith(prefix) && !one.call.startsWith(target));
        done(null, fitting.map((one) => ({ caption: one.call, value: one.call, meta: one.returns, text: one.text, score: 1000 })));
    }

    function explain(item) {
        if (item.text && !item.docHTML) {
            const box = document.createElement("div");
            box.textContent = `${item.caption} → ${item.meta}: ${item.text}`;
            box.style.maxWidth = "24rem";
            box.style.whiteSpace = "normal";
            item.docHTML = box.outerHTML;
        }
    }

    function later() {
        clearTimeout(waiting);
        waiting = setTimeout(checkSyntax, PAUSE);
    }

    async function ask(url, fields) {
        const data = new FormData();
        for (const [name, value] of Object.entries(fields)) [].concat(value).forEach((one) => data.append(name, one));
        const answer = await fetch(url, { method: "POST", body: data, headers: { "X-CSRFToken": token } });
        return answer.json();
    }

    async function checkSyntax() {
        const said = await ask(form.dataset.syntax, { source: source.value });
        const problem = document.getElementById("lua-problem");
        problem.textContent = said.error ? `Line ${said.error}` : "No error";
        problem.classList.toggle("lua-bad", Boolean(said.error));
        if (editor) editor.session.setAnnotations(said.error ? [{ row: said.line - 1, column: 0, text: said.error, type: "error" }] : []);
        if (!said.error) showValues(said.parameters);
    }

    // Fields follow what the source declares; what was typed into one stays.
    function showValues(parameters) {
        const place = document.getElementById("lua-values");
        const kept = Object.fromEntries([...place.querySelectorAll("[name]")].map((field) => [field.name, field]));
        if (!parameters.length) return;
        place.replaceChildren(...parameters.map((one) => {
            const label = document.createElement("label");
            label.className = "nt-field";
            label.append(one.name);
            const help = document.createElement("span");
            help.className = "nt-muted";
            help.textContent = [one.help, one.unit && `(${one.unit})`].filter(Boolean).join(" ");
            const field = kept[`value_${one.name}`] || document.createElement("input");
            if (!field.name) {
                field.name = `value_${one.name}`;
                if (one.kind === "boolean") { field.type = "checkbox"; field.checked = one.default; } else field.value = one.default;
            }
            label.append(help, field);
            return label;
        }));
    }

    function values() {
        const found = {};
        document.querySelectorAll("#lua-values [name^=value_]").forEach((field) => {
            found[field.name.slice(6)] = field.type === "checkbox" ? field.checked : field.value;
        });
        return found;
    }

    async function tryIt() {
        const on = document.getElementById("lua-on").value;
        const fields = window.luaScript();
        if (on === "count") fields.count = document.getElementById("lua-count").value;
        if (on === "flow") fields.flow = document.getElementById("lua-flow").value;
        const file = document.getElementById("lua-capture").files[0];
        if (on === "capture" && file) fields.capture = file;
        document.getElementById("lua-result").hidden = false;
        document.getElementById("lua-cost").textContent = "running …";
        show(await ask(form.dataset.try, fields));
    }

    function show(said) {
        const cost = document.getElementById("lua-cost"), place = document.getElementById("lua-matches");
        const output = document.getElementById("lua-console");
        if (said.error) { cost.textContent = ""; place.replaceChildren(line(said.error, "nt-reason")); output.hidden = true; return; }
        cost.textContent = `${said.hits} of ${said.rows} match, ${said.milliseconds.toFixed(1)} ms, ${said.microseconds.toFixed(2)} µs each`;
        const parts = said.errors.map((one) => line(`${one.about}: ${one.text}`, "nt-reason"));
        if (said.stopped) parts.unshift(line(said.stopped, "nt-reason"));
        if (said.matches.length) parts.push(table(said.matches)); else parts.push(line("Nothing matches.", "nt-muted"));
        place.replaceChildren(...parts);
        output.hidden = !said.console;
        output.textContent = said.console;
    }

    function line(text, kind) {
        const made = document.createElement("p");
        made.className = kind;
        made.textContent = text;
        return made;
    }

    function table(matches) {
        const made = document.createElement("table");
        const body = made.createTBody();
        matches.forEach((one) => {
            const row = body.insertRow();
            [one.score, one.about, one.message].forEach((text) => { row.insertCell().textContent = text; });
        });
        return made;
    }

    function choose() {
        const on = document.getElementById("lua-on").value;
        ["count", "flow", "capture"].forEach((name) => { document.getElementById(`lua-${name}`).hidden = name !== on; });
    }

    function methods() {
        const words = document.getElementById("lua-search").value.toLowerCase();
        const hidden = document.getElementById("lua-target").value === "host" ? "flow" : "host";
        document.querySelectorAll(".lua-methods tr").forEach((row) => {
            row.hidden = row.dataset.group === hidden || !row.textContent.toLowerCase().includes(words);
        });
    }

    // What a trial or a back-test is about: what stands in the editor now.
    window.luaScript = () => ({ source: source.value, target: document.getElementById("lua-target").value, values: JSON.stringify(values()) });
    window.luaAsk = ask;

    start();
    methods();
    document.getElementById("lua-try").addEventListener("click", tryIt);
    // Unfold would write the file's name into a field that it takes to be beside every file.
    window.addEventListener("change", (event) => {
        if (event.target.id === "lua-capture") event.stopPropagation();
    }, true);
    document.getElementById("lua-on").addEventListener("change", choose);
    document.getElementById("lua-search").addEventListener("input", methods);
    document.getElementById("lua-target").addEventListener("change", methods);
    source.addEventListener("input", later);
})();
