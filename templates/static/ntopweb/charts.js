/* Charts of rates over time: <div data-chart="stacked|mirrored" data-url="…" data-refresh="seconds">. */
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

    const isDark = () => document.documentElement.classList.contains("dark");

    /** Return what all charts share. */
    function frame(data) {
        const muted = isDark() ? "#94a3b8" : "#64748b", line = isDark() ? "#253044" : "#e8ebf0";
        return {
            animation: false,
            color: COLOURS[isDark() ? "dark" : "light"],
            textStyle: { fontFamily: "Inter, sans-serif" },
            grid: { left: 10, right: 10, top: 12, bottom: 30, containLabel: true },
            legend: {
                type: "scroll", bottom: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect",
                textStyle: { color: muted, fontSize: 11 }, pageTextStyle: { color: muted },
                pageIconColor: muted, pageIconInactiveColor: line,
            },
            tooltip: {
                trigger: "axis", confine: true, order: "valueDesc", backgroundColor: isDark() ? "#1b2536" : "#fff",
                borderColor: line, textStyle: { color: isDark() ? "#e2e8f0" : "#1e293b", fontSize: 12 },
                axisPointer: { lineStyle: { color: muted } }, valueFormatter: rate,
            },
            xAxis: {
                type: "time", min: data.times[0], max: data.times[data.times.length - 1],
                axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitNumber: 6,
                axisLabel: { color: muted, fontSize: 11, hideOverlap: true }, splitLine: { show: false },
            },
            yAxis: {
                type: "value", splitNumber: 4, axisLabel: { color: muted, fontSize: 11, formatter: rate },
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

    const isFlat = (data) => data.lines.every((line) => line.values.every((value) => value === 0));

    /** Draw one chart, or say that there is nothing to draw. */
    function draw(place, data) {
        const empty = place.parentElement.querySelector("[data-empty]");
        const nothing = isFlat(data);
        if (empty) empty.hidden = !nothing;
        place.hidden = nothing && Boolean(empty);
        if (place.hidden) return;
        const chart = echarts.getInstanceByDom(place) || echarts.init(place);
        chart.setOption({ ...frame(data), series: KINDS[place.dataset.chart](data) }, { replaceMerge: ["series"] });
        chart.resize();
    }

    async function load(place) {
        if (document.hidden && place.dataset.drawn) return;
        try {
            const answer = await fetch(place.dataset.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
            if (!answer.ok || answer.redirected) return;
            place.series = await answer.json();
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
