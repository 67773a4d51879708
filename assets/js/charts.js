// Only what tables cannot show: the cascade and series over time. Everything else is server HTML.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";
import { locale } from "./text.js";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer]);

const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const signed = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
const minus = (words) => words.replace("-", "−");
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const oneLine = (words) => words.replace("\n", " ");
const NARROW = 480;

export function draw(element, kind, data, { still }) {
  const chart = echarts.init(element, null, { renderer: "svg" });
  chart.setOption({ ...kinds[kind](data, element.clientWidth), animation: !still, animationDuration: 350, textStyle: { fontFamily: token("--font") } });
  // With a viewBox the drawing scales on paper.
  const fit = () => element.querySelector("svg")?.setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
  chart.on("finished", fit);
  fit();
  return chart;
}

const tooltip = (formatter) => ({
  trigger: "axis",
  axisPointer: { type: "shadow", shadowStyle: { color: token("--surface-3"), opacity: 0.5 } },
  backgroundColor: token("--surface"), borderColor: token("--line-2"),
  textStyle: { color: token("--ink"), fontSize: 13 }, formatter,
});
const category = (names, narrow) => ({
  type: "category", data: names, inverse: narrow, axisTick: { show: false },
  axisLine: { lineStyle: { color: token("--line-2") } },
  axisLabel: { color: token("--ink-3"), fontSize: 12, interval: narrow ? 0 : "auto", lineHeight: 15 },
});
const value = (extra) => ({
  type: "value", axisLabel: { color: token("--ink-3"), fontSize: 11, formatter: (v) => plain.format(v) },
  splitLine: { lineStyle: { color: token("--line") } }, splitNumber: 4, ...extra,
});
const grid = (narrow) => ({ left: 4, right: narrow ? 44 : 8, top: narrow ? 0 : 24, bottom: 0, containLabel: true });

const kinds = {
  // [{name, value, total}]: totals stand on the axis, flows hang where the last one ended.
  waterfall(rows, width) {
    const narrow = width < NARROW;
    const steps = [];
    let level = 0;
    for (const row of rows) {
      const start = level;
      level = row.total ? row.value : level + row.value;
      steps.push({ ...row, base: row.total ? 0 : Math.min(start, level), size: row.total ? row.value : Math.abs(row.value) });
    }
    // The axis may start above zero; the page says so in words.
    const lowest = Math.min(...steps.map((step) => (step.total ? step.size : step.base)));
    const highest = Math.max(...steps.map((step) => step.base + step.size));
    const grain = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, highest - lowest))));
    const min = Math.max(0, Math.floor((lowest - (highest - lowest) * 0.25) / grain) * grain);
    const bars = (keep, colour, ink) => ({
      type: "bar", stack: "flow", barCategoryGap: "38%",
      data: steps.map((step) => (keep(step) ? step.size : "-")),
      itemStyle: { color: token(colour), borderRadius: 4 },
      label: {
        show: true, position: narrow ? "right" : "top", distance: 4, color: token(ink), fontSize: 12, fontWeight: 600,
        formatter: ({ dataIndex }) => minus((steps[dataIndex].total ? plain : signed).format(steps[dataIndex].value)),
      },
    });
    const names = category(steps.map((step) => (narrow ? oneLine(step.name) : step.name)), narrow);
    names.axisLabel.interval = 0;
    const amounts = value({ min, show: !narrow });
    return {
      grid: grid(narrow),
      tooltip: tooltip((points) => {
        const step = steps[points[0].dataIndex];
        return `${echarts.format.encodeHTML(oneLine(step.name))}: <b>${minus((step.total ? plain : signed).format(step.value))}</b>`;
      }),
      xAxis: narrow ? amounts : names, yAxis: narrow ? names : amounts,
      series: [
        { type: "bar", stack: "flow", silent: true, data: steps.map((step) => step.base), itemStyle: { color: "transparent" } },
        bars((step) => step.total, "--c5", "--ink"),
        bars((step) => !step.total && step.value >= 0, "--c2", "--ok-ink"),
        bars((step) => !step.total && step.value < 0, "--bad", "--bad-ink"),
      ],
    };
  },

  // {names: [...], series: [{name, values, kind?: "bar"}], unit?: "%"}
  series({ names, series, unit = "" }) {
    const show = (number) => (number === null ? "—" : minus(plain.format(number)) + (unit && `\u00a0${unit}`));
    return {
      grid: grid(false),
      tooltip: tooltip((points) => [echarts.format.encodeHTML(oneLine(points[0].name)),
        ...points.map((point) => `${point.marker}${echarts.format.encodeHTML(point.seriesName)}: <b>${show(point.value)}</b>`)].join("<br>")),
      // A line shows the change, so its axis need not start at zero; bars are compared by length and do.
      xAxis: category(names, false), yAxis: value({ scale: series.every((line) => line.kind !== "bar") }),
      series: series.map((line, index) => ({
        type: line.kind ?? "line", name: line.name, data: line.values, color: token(`--c${(index % 6) + 1}`),
        symbol: "circle", symbolSize: 5, showSymbol: line.values.length < 40, lineStyle: { width: 2 }, barMaxWidth: 28, itemStyle: line.kind === "bar" ? { borderRadius: [4, 4, 0, 0] } : {},
      })),
    };
  },
};
