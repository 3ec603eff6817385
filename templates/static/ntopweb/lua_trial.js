/* Trials of what stands in the editor: on the last flows, one flow, a capture, the hosts of now. */
"use strict";

(function () {
    const form = document.getElementById("lua-form");
    if (!form) return;
    const PAGE = 50;   // matches shown at once
    const count = new Intl.NumberFormat("en");
    const at = (name) => document.getElementById(`lua-${name}`);
    const made = window.luaMade;
    let capture = null;   // {file, reading}: reading becomes what the server says of the file

    async function tryIt() {
        const button = at("try");
        at("result").hidden = false;
        at("matches").replaceChildren();
        at("console-box").hidden = true;
        at("result").scrollIntoView({ block: "nearest" });
        button.disabled = true;
        const done = watch(at("cost"), isHost() ? "running on the hosts of now" : "running");
        const said = await answer();
        done();
        button.disabled = false;
        show(said);
    }

    async function answer() {
        const fields = window.luaScript(), on = at("on").value;
        if (!isHost() && on === "capture") return onCapture(fields);
        if (on === "count") fields.count = at("count").value;
        if (on === "flow") fields.flow = at("flow").value.replace(/^.*\/flows\//, "").replace(/\/.*$/, "");
        return window.luaAsk(form.dataset.try, fields);
    }

    async function onCapture(fields) {
        if (!capture) return { error: "Choose a capture first." };
        const read = await capture.reading;
        if (read.error) return read;
        const said = await window.luaAsk(form.dataset.try, { ...fields, capture: read.capture });
        if (!said.forgotten) return said;
        readCapture(capture.file);
        return onCapture(fields);
    }

    // Read at once when chosen: the trials to come find its flows on the server.
    function readCapture(file) {
        const done = watch(at("read"), `reading ${file.name}`);
        const reading = window.luaAsk(form.dataset.capture, { capture: file });
        capture = { file, reading };
        reading.then((said) => {
            done();
            if (capture.file !== file) return;
            at("read").textContent = said.error || `${count.format(said.flows)} ${said.flows === 1 ? "flow" : "flows"} in ${file.name}`;
            at("read").classList.toggle("lua-bad", Boolean(said.error));
        });
    }

    // Says what is being done, and for how long; returns what ends it.
    function watch(place, doing) {
        const began = Date.now();
        place.classList.remove("lua-bad");
        const say = () => {
            const seconds = Math.round((Date.now() - began) / 1000);
            place.textContent = `${doing} …${seconds ? ` ${seconds} s` : ""}${seconds > 20 ? " (the first capture after an installation takes a minute or two)" : ""}`;
        };
        say();
        const timer = setInterval(say, 1000);
        return () => clearInterval(timer);
    }

    function show(said) {
        const place = at("matches");
        if (said.error) { at("cost").textContent = ""; place.replaceChildren(made("p", "nt-reason", said.error)); return; }
        const what = isHost() ? "hosts" : "flows";
        at("cost").textContent = said.stopped ? "" : `${count.format(said.hits)} of ${count.format(said.rows)} ${what} match · ${said.rows < 100 ? "" : `${said.microseconds.toFixed(2)} µs each, `}${said.milliseconds.toFixed(1)} ms in all · ${what} read in ${said.read_milliseconds.toFixed(0)} ms`;
        const parts = said.errors.map((one) => fault(one));
        if (said.stopped) parts.unshift(made("p", "nt-reason", lined(said.stopped)));
        if (said.failed > said.errors.length) parts.push(made("p", "nt-reason", `… ${count.format(said.failed)} ${what} failed in all.`));
        place.replaceChildren(...parts);
        if (said.matches.length) list(place, said); else if (!said.stopped) place.append(made("p", "nt-muted", "Nothing matches."));
        if (said.quiet.length) place.append(quiet(said.quiet));
        at("console-box").hidden = !said.console;
        at("console").textContent = said.console;
    }

    const lined = (text) => text.replace(/^script:/, "Line ");

    function fault(one) {
        const line = made("p", "nt-reason nt-break", `${lined(one.text)} on `);
        line.append(about(one));
        return line;
    }

    // The first matches, with a button for the next.
    function list(place, said) {
        const table = made("table", "nt-cards lua-list", "");
        const head = table.createTHead().insertRow();
        ["Score", isHost() ? "Host" : "Flow", "Message", ""].forEach((text) => head.append(made("th", "", text)));
        const body = table.createTBody(), foot = made("div", "nt-toolbar", "");
        const more = made("button", "nt-button", `Show ${PAGE} more`), told = made("span", "nt-muted", "");
        more.type = "button";
        const next = () => {
            said.matches.slice(body.rows.length, body.rows.length + PAGE).forEach((one) => row(body, one));
            const left = said.matches.length - body.rows.length, unsent = said.hits - said.matches.length;
            more.hidden = left === 0;
            told.textContent = said.hits <= PAGE ? "" : `${count.format(body.rows.length)} of ${count.format(said.hits)} matches shown${!left && unsent ? "; more are not listed" : ""}.`;
        };
        more.addEventListener("click", next);
        next();
        foot.append(told, more);
        const scroll = made("div", "nt-scroll", "");
        scroll.append(table);
        place.append(scroll, foot);
    }

    function row(body, one) {
        const line = body.insertRow(), score = line.insertCell(), flow = line.insertCell(), message = line.insertCell();
        score.append(made("span", "nt-badge", one.score));
        score.dataset.label = "Score";
        flow.append(about(one));
        flow.className = message.className = "nt-wide nt-break";
        message.textContent = one.message;
        line.insertCell().append(keep(one, true));
    }

    // A few rows that do not match.
    function quiet(rows) {
        const details = made("details", "", ""), list = made("ul", "lua-quiet", "");
        details.append(made("summary", "", "Some that do not match"), list);
        rows.forEach((one) => {
            const line = made("li", "", "");
            line.append(about(one), " ", keep(one, false));
            list.append(line);
        });
        return details;
    }

    // A button that makes a row one of the examples that run at every save.
    function keep(one, alerts) {
        const button = made("button", "nt-button nt-nowrap", "Keep as example");
        button.type = "button";
        button.title = `At every save the script must ${alerts ? "" : "not "}alert on it`;
        button.addEventListener("click", () => {
            const place = form.elements.examples;
            try {
                const kept = JSON.parse(place.value || "[]");
                kept.push({ name: one.about.slice(0, 100), row: one.row, alerts });
                place.value = JSON.stringify(kept, null, 2);
                button.textContent = "Kept";
                button.disabled = true;
            } catch { button.textContent = "Examples are no JSON"; }
        });
        return button;
    }

    // What a row is about, as a link where the flow is stored.
    function about(one) {
        if (!one.url) return made("span", "", one.about);
        const link = made("a", "nt-link", one.about);
        link.href = one.url;
        link.target = "_blank";
        return link;
    }

    const isHost = () => at("target").value === "host";

    function choose() {
        at("on-label").hidden = isHost();
        at("on-hosts").hidden = !isHost();
        ["count", "flow", "capture"].forEach((name) => { at(name).hidden = isHost() || name !== at("on").value; });
        at("read").hidden = at("capture").hidden;
    }

    at("try").addEventListener("click", tryIt);
    at("capture").addEventListener("change", (event) => { if (event.target.files[0]) readCapture(event.target.files[0]); });
    at("on").addEventListener("change", choose);
    at("target").addEventListener("change", choose);
    const given = new URLSearchParams(location.search).get("flow");
    if (given) { at("on").value = "flow"; at("flow").value = given; }
    choose();
})();
