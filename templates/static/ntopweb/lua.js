/* The editor of Lua scripts: Ace with the API's completion, syntax check while typing, trial. */
"use strict";

(function () {
    const form = document.getElementById("lua-form");
    if (!form) return;
    const source = document.getElementById("lua-source");
    const completions = JSON.parse(document.getElementById("lua-completions").textContent);
    const PLACES = { score: "100", message: '"what it is"', name: '"name"', skip: "true", till: "os.time() + 3600", "...": '"text"' };
    const PAUSE = 400;   // ms without a key before the source is checked
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    let editor = null, waiting = null, known = [];

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

    function complete(_editor, session, position, prefix, done) {
        if (session.getLine(position.row).trimStart().startsWith("--")) { done(null, []); return; }   // a comment
        const target = document.getElementById("lua-target").value === "host" ? "flow." : "host.";
        const fitting = [...declaredValues(), ...completions].filter((one) => one.call.startsWith(prefix) && !one.call.startsWith(target));
        done(null, fitting.map((one) => ({ caption: one.call, snippet: snippet(one.call), meta: one.returns, text: one.text, score: 1000 })));
    }

    // The call of each value that the source declares, with its name written out.
    function declaredValues() {
        const kind = document.getElementById("lua-target").value === "host" ? "host" : "flow";
        return known.map((one) => ({ call: `${kind}.param("${one.name}")`, returns: one.kind, text: [one.help, one.unit && `in ${one.unit}`].filter(Boolean).join(", ") || "A value of this script." }));
    }

    // What is to be filled in is selected, one after another with Tab; of a choice, the first stands.
    function snippet(call) {
        const [name, rest] = [call.slice(0, call.indexOf("(")), call.slice(call.indexOf("(") + 1, -1)];
        const isGiven = (one) => one.startsWith('"') && !one.includes("|");
        const filled = rest.split(", ").filter(Boolean).map((one, at) => isGiven(one) ? one : `\${${at + 1}:${PLACES[one] || one.split("|")[0]}}`);
        return `${name}(${filled.join(", ")})`;
    }

    function explain(item) {
        if (item.text && !item.docHTML) {
            const box = document.createElement("div");
            box.textContent = `${item.caption} → ${item.meta}: ${item.text}`;
            box.style.maxWidth = "min(24rem, 60vw)";
            box.style.whiteSpace = "normal";
            item.docHTML = box.outerHTML;
        }
    }

    function later() {
        clearTimeout(waiting);
        waiting = setTimeout(checkSyntax, PAUSE);
    }

    // Answers what the server says, or {error} with why it says nothing; never throws.
    async function ask(url, fields) {
        const data = new FormData();
        for (const [name, value] of Object.entries(fields)) [].concat(value).forEach((one) => data.append(name, one));
        try {
            const answer = await fetch(url, { method: "POST", body: data, headers: { "X-CSRFToken": token } });
            if ((answer.headers.get("Content-Type") || "").includes("json")) return await answer.json();
            return { error: answer.redirected || answer.status === 403 ? "You are not logged in any more, or may not do this. Log in in another tab and try again." : `The server failed (${answer.status}). What you wrote is still here.` };
        } catch {
            return { error: "The server cannot be reached. What you wrote is still here." };
        }
    }

    async function checkSyntax() {
        const checked = source.value;
        const said = await ask(form.dataset.syntax, { source: checked });
        if (checked !== source.value) return;   // another check is on its way
        const problem = document.getElementById("lua-problem");
        problem.textContent = !said.error ? "No error" : said.line ? `Line ${said.error.replace(/^line /, "")}` : said.error;
        problem.classList.toggle("lua-bad", Boolean(said.error));
        if (editor) editor.session.setAnnotations(said.line ? [{ row: said.line - 1, column: 0, text: said.error, type: "error" }] : []);
        if (said.parameters) showValues(said.parameters);
    }

    // Fields follow what the source declares; what was typed into one stays. As the page's own.
    function showValues(parameters) {
        known = parameters;
        const place = document.getElementById("lua-values");
        const kept = Object.fromEntries([...place.querySelectorAll("[name]")].map((field) => [field.name, field]));
        document.getElementById("lua-no-values").hidden = parameters.length > 0;
        place.replaceChildren(...parameters.map((one) => valueOf(one, kept[`value_${one.name}`])));
    }

    function valueOf(one, kept) {
        const label = made("label", "nt-field", one.name);
        if (one.help) label.append(" ", made("span", "nt-muted", one.help));
        const isBoolean = one.kind === "boolean";
        const field = kept && (kept.type === "checkbox") === isBoolean ? kept : document.createElement("input");
        if (!field.name) {
            field.name = `value_${one.name}`;
            if (isBoolean) { field.type = "checkbox"; field.checked = one.default; } else field.value = one.default;
        }
        if (isBoolean) { label.append(field); return label; }
        field.inputMode = one.kind === "number" ? "decimal" : "text";
        const box = made("span", "nt-unit", "");
        box.append(field);
        if (one.unit) box.append(made("span", "", one.unit));
        label.append(box);
        return label;
    }

    function made(kind, name, text) {
        const element = document.createElement(kind);
        if (name) element.className = name;
        element.textContent = text;
        return element;
    }

    function values() {
        const found = {};
        document.querySelectorAll("#lua-values [name^=value_]").forEach((field) => {
            found[field.name.slice(6)] = field.type === "checkbox" ? field.checked : field.value;
        });
        return found;
    }

    function methods() {
        const words = document.getElementById("lua-search").value.toLowerCase();
        const hidden = document.getElementById("lua-target").value === "host" ? "flow" : "host";
        document.querySelectorAll(".lua-methods tr").forEach((row) => {
            row.hidden = row.dataset.group === hidden || !row.textContent.toLowerCase().includes(words);
        });
    }

    // Who leaves with changes that are not saved is asked first.
    function guard() {
        const said = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")).toString();
        let before = null, isSaving = false;
        setTimeout(() => { before = said(); }, 2000);   // fields of declared values are there by then
        form.addEventListener("submit", () => { isSaving = true; });
        window.addEventListener("beforeunload", (event) => { if (!isSaving && before !== null && said() !== before) event.preventDefault(); });
    }

    // What a trial or a back-test is about: what stands in the editor now.
    window.luaScript = () => ({ source: source.value, target: document.getElementById("lua-target").value, values: JSON.stringify(values()) });
    window.luaAsk = ask;
    window.luaMade = made;

    start();
    methods();
    checkSyntax();
    guard();
    document.getElementById("lua-search").addEventListener("input", methods);
    document.getElementById("lua-target").addEventListener("change", methods);
    source.addEventListener("input", later);
})();
