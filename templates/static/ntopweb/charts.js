/* Charts: <div data-chart="stacked|mirrored|bars|band|sankey|map" data-url="…" data-refresh="seconds">.
   Dragging over one that has a time axis chooses that time for the whole page. */
"use strict";

(function () {
    const COLOURS = {
        light: ["#2a78d6", "#1baf7a", "#eda100", "#4a3aa7", "#e34948", "#0fa3b1", "#e87ba4", "#8a6d3b", "#9aa4b2"],
        dark: ["#5598e7", "#35c48d", "#f0b429", "#8f82e8", "#f06b6a", "#3cc4cf", "#f094b8", "#c2a169", "#7a869a"],
    };
    const UNITS = ["", "k", "M", "G", "T"];

    /** Return a rate as "1.2 Mbit/s". */
    function rate(value) {
        let size = Math.abs(value), step = 0;
        while (size >= 999.5 && step < UNITS.length - 1) { size /= 1000; step += 1; }
        const text = step === 0 || size >= 99.95 ? size.toFixed(0) : size.toFixed(1).replace(/\.0$/, "");
        return `${text} ${UNITS[step]}bit/s`;
    }

    const BYTES = ["B", "KB", "MB", "GB", "TB"];

    /** Return bytes as "1.5 MB", 1 KB being 1,024 bytes. */
    function bytes(value) {
        let size = value, step = 0;
        while (size >= 1023.5 && step < BYTES.length - 1) { size /= 1024; step += 1; }
        return `${step === 0 || size >= 99.95 ? size.toFixed(0) : size.toFixed(1)} ${BYTES[step]}`;
    }

    /** The distance of some five lines between 0 and the greatest value, round where bytes are read. */
    function byteStep(greatest) {
        const rough = Math.max(greatest, 5) / 5, unit = 1024 ** Math.floor(Math.log(rough) / Math.log(1024));
        return unit * [1, 2, 5, 10, 20, 50, 100, 200, 500, 1024].find((step) => step * unit >= rough);
    }

    const count = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 1 });
    const SEVERITIES = { info: "#5598e7", notice: "#2a78d6", warning: "#eda100", error: "#eb6834", critical: "#d03b3b", emergency: "#b01657" };

    const isDark = () => document.documentElement.classList.contains("dark");

    const ink = () => (isDark()
        ? { muted: "#94a3b8", line: "#253044", paper: "#1b2536", text: "#e2e8f0", land: "#2b3850" }
        : { muted: "#64748b", line: "#e8ebf0", paper: "#fff", text: "#1e293b", land: "#e5e9f0" });

    /** Return what all charts share. */
    function look(formatter) {
        const { line, paper, text } = ink();
        return {
            animation: false,
            color: COLOURS[isDark() ? "dark" : "light"],
            textStyle: { fontFamily: "Inter, sans-serif" },
            tooltip: { confine: true, backgroundColor: paper, borderColor: line, textStyle: { color: text, fontSize: 12 }, valueFormatter: formatter },
        };
    }

    /** Return what all charts over time share. */
    function frame(data, kind) {
        const { muted, line } = ink();
        const formatter = kind === "bars" || data.unit === "count" ? count : (data.unit === "bytes" ? bytes : rate);
        const shared = look(formatter);
        return {
            ...shared,
            // Chosen by dragging; the toolbox itself is not shown.
            toolbox: { show: true, top: -50, feature: { dataZoom: { yAxisIndex: false } } },
            grid: { left: 10, right: 10, top: 12, bottom: 30, containLabel: true },
            legend: {
                type: "scroll", bottom: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect",
                textStyle: { color: muted, fontSize: 11 }, pageTextStyle: { color: muted },
                pageIconColor: muted, pageIconInactiveColor: line, ...(kind === "band" ? { data: ["Measured", "Expected", "Band"] } : {}),
            },
            tooltip: { ...shared.tooltip, trigger: "axis", order: "valueDesc", axisPointer: { lineStyle: { color: muted } } },
            xAxis: {
                type: "time", min: data.times[0], max: data.times[data.times.length - 1],
                axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitNumber: 6,
                axisLabel: { color: muted, fontSize: 11, hideOverlap: true }, splitLine: { show: false },
            },
            yAxis: {
                type: "value", splitNumber: 4, ...(kind === "band" && data.unit === "bytes" ? { interval: byteStep(Math.max(...data.upper, ...data.lines[0].values)) } : {}), axisLabel: { color: muted, fontSize: 11, formatter }, minInterval: kind === "bars" ? 1 : 0,
                splitLine: { lineStyle: { color: line } },
            },
        };
    }

    const points = (data, line, sign) => data.times.map((time, place) => [time, sign * line.values[place]]);

    const KINDS = {
        stacked: (data) => data.lines.map((line) => ({
            name: line.name, type: "line", stack: "all", symbol: "none", smooth: 0.25, smoothMonotone: "x",
            lineStyle: { width: 1 }, areaStyle: { opacity: isDark() ? 0.5 : 0.45 }, data: points(data, line, 1),
        })),
        // Sent above, received below: the two never hide each other.
        mirrored: (data) => data.lines.map((line, place) => ({
            name: line.name, type: "line", symbol: "none", smooth: 0.25, smoothMonotone: "x",
            lineStyle: { width: 1.5 }, areaStyle: { opacity: 0.25 }, data: points(data, line, place === 0 ? 1 : -1),
        })),
    };

    // Events a point: alerts by severity.
    KINDS.bars = (data) => data.lines.map((line) => ({
        name: line.name, type: "bar", stack: "all", barCategoryGap: "15%", itemStyle: { color: SEVERITIES[line.name] }, data: points(data, line, 1),
    }));

    // A measure, and the band in which its past lets expect it: an area between two unseen lines.
    KINDS.band = (data) => {
        const [measured, expected] = COLOURS[isDark() ? "dark" : "light"];
        const edge = (values, more) => ({
            type: "line", stack: "band", symbol: "none", silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false },
            data: data.times.map((time, place) => [time, values(place)]), ...more,
        });
        const text = data.unit === "bytes" ? bytes : count;
        const within = (value, place) => `${text(value)} (${text(data.lower[place])} – ${text(data.upper[place])})`;
        const line = (one, colour, more) => ({
            name: one.name, type: "line", symbol: "none", itemStyle: { color: colour },
            lineStyle: { color: colour, width: 2, ...more }, data: points(data, one, 1),
        });
        return [
            edge((place) => data.lower[place], {}),
            edge((place) => data.upper[place] - data.lower[place], { name: "Band", itemStyle: { color: expected }, areaStyle: { color: expected, opacity: 0.18 } }),
            { ...line(data.lines[1], expected, { type: "dashed", width: 1.5 }), tooltip: { valueFormatter: within } },
            line(data.lines[0], measured, {}),
        ];
    };

    const sankey = (data) => ({
        ...look(bytes),
        series: [{
            type: "sankey", left: 8, right: 150, top: 8, bottom: 8, nodeGap: 6, nodeWidth: 10, draggable: false, emphasis: { focus: "adjacency" },
            label: { color: ink().text, fontSize: 11, formatter: (one) => one.data.label, width: 140, overflow: "truncate" },
            lineStyle: { color: "source", opacity: isDark() ? 0.35 : 0.28 },
            tooltip: { formatter: (one) => (one.dataType === "edge" ? `${title(one.data.source)} → ${title(one.data.target)}<br><b>${bytes(one.value)}</b>` : `${title(one.name)}<br><b>${bytes(one.value)}</b>`) },
            data: data.nodes, links: data.links,
        }],
    });
    const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
    const title = (name) => escape(name.replace(/^(client|server) /, ""));

    function map(data, place) {
        const most = Math.max(...data.countries.map((one) => one.bytes), 1);
        return {
            ...look(bytes),
            visualMap: { show: false, min: 0, max: Math.log10(most), inRange: { color: isDark() ? ["#22406b", "#5598e7"] : ["#c9dff7", "#2a78d6"] } },
            series: [{
                type: "map", map: "world", nameProperty: "id", roam: false, left: 0, right: 0, top: 0, bottom: 0, selectedMode: false,
                itemStyle: { areaColor: ink().land, borderColor: ink().paper, borderWidth: 0.5 },
                emphasis: { label: { show: false }, itemStyle: { areaColor: isDark() ? "#8ab8f0" : "#1b5fb0" } },
                tooltip: { formatter: (one) => (one.data ? `${escape(one.data.label)}<br><b>${bytes(one.data.bytes)}</b>` : "") },
                data: data.countries.filter((one) => one.id).map((one) => ({
                    name: one.id, label: one.name, bytes: one.bytes, value: Math.log10(Math.max(one.bytes, 1)), url: place.dataset.link + one.code,
                })),
            }],
        };
    }

    const GRAPHS = { sankey, map };
    const OVER_TIME = (kind) => !(kind in GRAPHS);

    const isFlat = (data) => (data.lines ? data.lines.every((line) => line.values.every((value) => value === 0)) : !(data.links || data.countries).length);

    const option = (place, data) => (OVER_TIME(place.dataset.chart)
        ? { ...frame(data, place.dataset.chart), series: KINDS[place.dataset.chart](data) }
        : GRAPHS[place.dataset.chart](data, place));

    /** Draw one chart, or say that there is nothing to draw. */
    function draw(place, data) {
        const empty = place.parentElement.querySelector("[data-empty]");
        const nothing = isFlat(data);
        if (empty) empty.hidden = !nothing;
        place.hidden = nothing && Boolean(empty);
        if (place.hidden) return;
        const chart = echarts.getInstanceByDom(place) || make(place);
        chart.setOption(option(place, data), { replaceMerge: ["series"] });
        chart.resize();
        if (OVER_TIME(place.dataset.chart)) chart.dispatchAction({ type: "takeGlobalCursor", key: "dataZoomSelect", dataZoomSelectActive: true });
    }

    function make(place) {
        const chart = echarts.init(place);
        chart.on("click", (event) => { if (event.data && event.data.url) location.assign(event.data.url); });
        if (OVER_TIME(place.dataset.chart)) chart.on("datazoom", (event) => choose(event, place.series));
        return chart;
    }

    /** Show the page for the time that was dragged over. */
    function choose(event, data) {
        const zoom = (event.batch || [event])[0];
        if (zoom.startValue === undefined || zoom.endValue - zoom.startValue < data.seconds * 1000) return;
        ntopweb.look(new Date(zoom.startValue), new Date(zoom.endValue));
    }

    /** The map's borders, read once. */
    async function borders(place) {
        if (!place.dataset.map || echarts.getMap("world")) return;
        const atlas = await (await fetch(place.dataset.map)).json();
        const world = topojson.feature(atlas, atlas.objects.countries);
        world.features = world.features.filter((one) => one.id !== "010");  // Antarctica only takes room
        for (const one of world.features) {
            one.properties.id = one.id || one.properties.name;  // some have no number
            one.geometry = inTwo(one.geometry);
        }
        echarts.registerMap("world", world);
    }

    /** A country's area in parts that do not cross the antimeridian: Russia and Fiji do. */
    function inTwo(geometry) {
        const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
        return { type: "MultiPolygon", coordinates: polygons.flatMap(partsOf) };
    }

    function partsOf(polygon) {
        const ring = unwrapped(polygon[0]), longitudes = ring.map((point) => point[0]);
        if (Math.max(...longitudes) <= 180 && Math.min(...longitudes) >= -180) return [polygon];
        const moved = (by) => ring.map(([x, y]) => [x + by, y]);
        const parts = [0, 360, -360].map((by) => cut(cut(moved(by), 180, 1), -180, -1));
        return parts.filter((part) => part.length > 3).map((part) => [part]);
    }

    /** A ring whose longitudes go on beyond 180 instead of jumping. */
    function unwrapped(ring) {
        let shift = 0;
        return ring.map(([x, y], at) => {
            const step = at ? x - ring[at - 1][0] : 0;
            if (Math.abs(step) > 180) shift -= 360 * Math.sign(step);
            return [x + shift, y];
        });
    }

    /** The part of a ring on one side of a longitude (Sutherland and Hodgman): 1 west of it, -1 east. */
    function cut(ring, edge, side) {
        const isIn = (point) => side * (edge - point[0]) >= 0;
        const made = [];
        ring.forEach((point, at) => {
            const before = ring[(at + ring.length - 1) % ring.length];
            if (isIn(point) !== isIn(before)) {
                const share = (edge - before[0]) / (point[0] - before[0]);
                made.push([edge, before[1] + share * (point[1] - before[1])]);
            }
            if (isIn(point)) made.push(point);
        });
        return made;
    }

    async function load(place) {
        if (document.hidden && place.dataset.drawn) return;
        try {
            const answer = await fetch(place.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
            if (!answer.ok || answer.redirected) return;
            place.series = await answer.json();
            await borders(place);
            draw(place, place.series);
            place.dataset.drawn = "1";
        } catch (error) {
            console.warn("chart not renewed:", error.message);
        }
    }

    function start(root) {
        for (const place of root.querySelectorAll("[data-chart]:not([data-started])")) {
            place.dataset.started = "1";
            load(place);
            const seconds = Number(place.dataset.refresh);
            if (seconds) {
                const timer = setInterval(() => (place.isConnected ? load(place) : clearInterval(timer)), seconds * 1000);
            }
            new ResizeObserver(() => echarts.getInstanceByDom(place)?.resize()).observe(place);
        }
    }

    document.addEventListener("DOMContentLoaded", () => start(document));
    // The theme's switch changes the root's class: draw again in the other colours.
    new MutationObserver(() => {
        for (const place of document.querySelectorAll("[data-drawn]")) draw(place, place.series);
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
})();
