// ApexCharts behind a few functions. Colours come from the page's own custom properties, so that both themes and every chart agree.
import ApexCharts from 'apexcharts';

const charts = new Map();
let nextId = 1;

// Beyond it times are told by day and year.
const LONG_MS = 60 * 24 * 3600 * 1000;

const themeChanged = new MutationObserver(() => charts.forEach((entry) => entry.chart.updateOptions(changing(entry.spec), false, false, false)));
themeChanged.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function formatNumber(spec, value) {
  if (value === null || value === undefined) {
    return '–';
  }
  const digits = spec.wholeNumbers ? 0 : Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  const text = new Intl.NumberFormat(spec.locale, { minimumFractionDigits: 0, maximumFractionDigits: digits }).format(value);
  return spec.unit ? `${text} ${spec.unit}` : text;
}

function formatTime(spec, timestamp, withSeconds) {
  const options = spec.to - spec.from > LONG_MS
    ? { day: 'numeric', month: 'short', year: 'numeric' }
    : spec.isLong
    ? { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit' }
    : { hour: '2-digit', minute: '2-digit', ...(withSeconds ? { second: '2-digit' } : {}) };
  return new Intl.DateTimeFormat(spec.locale, { ...options, hour12: false, timeZone: 'UTC' }).format(new Date(timestamp));
}

function appearance(spec) {
  const text = color('--mud-palette-text-secondary');
  const line = color('--mud-palette-divider');
  return {
    theme: { mode: document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light' },
    // The theme's mode would choose series colours of its own.
    colors: spec.series.map((series) => color(series.color)),
    grid: { borderColor: line, strokeDashArray: 0, padding: { left: 8, right: 8, top: -8, bottom: 0 } },
    xaxis: { labels: { style: { colors: text } }, axisBorder: { color: line }, axisTicks: { color: line }, crosshairs: { stroke: { color: text } } },
    yaxis: { labels: { style: { colors: text } } },
    legend: { labels: { colors: text } },
    annotations: annotations(spec),
  };
}

function annotations(spec) {
  const accent = color('--st-degraded');
  return {
    yaxis: (spec.targets ?? []).map((target) => ({
      y: target.value,
      borderColor: accent,
      strokeDashArray: 4,
      label: {
        text: target.label, position: 'left', textAnchor: 'start', offsetX: 4, borderWidth: 0,
        style: { background: 'transparent', color: accent, fontSize: '11px' },
      },
    })),
  };
}

function merge(base, extra) {
  const result = { ...base };
  for (const [key, value] of Object.entries(extra)) {
    const isObject = value && typeof value === 'object' && !Array.isArray(value);
    result[key] = isObject && base[key] && typeof base[key] === 'object' ? merge(base[key], value) : value;
  }
  return result;
}

function options(spec) {
  const base = {
    chart: {
      type: spec.type ?? 'line', height: spec.height ?? 300, background: 'transparent', fontFamily: 'inherit',
      animations: { enabled: false }, toolbar: { show: false }, zoom: { enabled: false }, parentHeightOffset: 0,
    },
    dataLabels: { enabled: false },
    stroke: { width: spec.series.map((series) => series.width ?? 2), curve: spec.stepped ? 'stepline' : 'straight', dashArray: spec.series.map((series) => series.dash ?? 0) },
    fill: spec.type === 'area' ? { type: 'solid', opacity: 0.14 } : { type: 'solid', opacity: 1 },
    markers: { size: 0, hover: { size: 4 }, strokeWidth: 0 },
    legend: { show: spec.series.length > 1, position: 'top', horizontalAlign: 'left', fontSize: '12px', markers: { size: 5 }, itemMargin: { horizontal: 8 } },
    tooltip: { shared: true, intersect: false, x: { formatter: (value) => `${formatTime(spec, value, true)} UTC` }, y: { formatter: (value) => formatNumber(spec, value) } },
    xaxis: {
      // The library's own time axis leaves most of its labels out; evenly spaced ones are always there.
      type: 'numeric', tickAmount: window.innerWidth < 600 ? (spec.isLong ? 2 : 3) : spec.isLong ? 4 : 6, min: spec.from, max: spec.to, tooltip: { enabled: false },
      labels: { formatter: (value) => formatTime(spec, Number(value), false), hideOverlappingLabels: true, rotate: 0 },
    },
    yaxis: { min: spec.min ?? undefined, forceNiceScale: true, labels: { formatter: (value) => formatNumber(spec, value), minWidth: 44 } },
    noData: { text: spec.noData ?? '' },
    series: data(spec),
  };
  return merge(base, appearance(spec));
}

// Axes are given whole: the library forgets formatters and colours of an axis that is given in part.
function changing(spec) {
  const { theme, colors, grid, xaxis, yaxis, legend, annotations: lines } = options(spec);
  return { theme, colors, grid, xaxis, yaxis, legend, annotations: lines };
}

function data(spec) {
  return spec.series.map((series) => ({ name: series.name, data: series.points.map(([x, y]) => ({ x, y })) }));
}

/** Draws a chart into an element and returns its handle. */
export async function create(element, spec) {
  const chart = new ApexCharts(element, options(spec));
  await chart.render();
  const id = nextId++;
  charts.set(id, { chart, spec });
  return id;
}

/** Replaces data and range. The series must be the same ones in the same order. */
export function update(id, spec) {
  const entry = charts.get(id);
  if (!entry) {
    return;
  }
  entry.spec = spec;
  entry.chart.updateOptions({ series: data(spec), ...changing(spec) }, false, false, false);
}

export function destroy(id) {
  charts.get(id)?.chart.destroy();
  charts.delete(id);
}
