// Plots: an element with data-chart='{…}' holds an ECharts option as JSON. Colours are our tokens, by day and by night;
// tooltips are drawn on the canvas, because the content policy lets nothing write inline styles.

const drawn = new Map();
const night = matchMedia("(prefers-color-scheme: dark)");

function tokens(element) {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
}

// Every string that names a token becomes its colour.
function painted(value, token) {
  if (typeof value === "string") return /^--[a-z-]+$/.test(value) ? token(value) : value;
  if (Array.isArray(value)) return value.map((item) => painted(item, token));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, painted(item, token)]));
}

function theme(element, token) {
  const quiet = { color: token("--quiet"), fontSize: 12 };
  const axis = {
    axisLine: { lineStyle: { color: token("--edge") } },
    axisTick: { lineStyle: { color: token("--edge") } },
    axisLabel: { ...quiet, hideOverlap: true },
    nameTextStyle: quiet,
    splitLine: { lineStyle: { color: token("--line") } },
  };
  const legend = { textStyle: { color: token("--ink"), fontSize: 12 }, type: "scroll", top: 8, itemWidth: 18 };
  return {
    color: ["--accent", "--attention", "--quiet", "--success", "--danger"].map(token),
    textStyle: { fontFamily: getComputedStyle(element).fontFamily },
    legend: { ...legend, pageTextStyle: quiet, pageIconColor: token("--accent"), pageIconInactiveColor: token("--line") },
    line: { symbolSize: 6, lineStyle: { width: 2 } },
    bar: { barMaxWidth: 28 },
    categoryAxis: axis,
    valueAxis: axis,
    logAxis: axis,
    timeAxis: axis,
  };
}

function draw(place) {
  const token = tokens(place);
  const option = painted(JSON.parse(place.dataset.chart), token);
  place.hidden = false;
  drawn.get(place)?.dispose();
  const plot = echarts.init(place, theme(place, token), { renderer: "canvas" });
  const words = { color: token("--ink"), fontSize: 12 };
  plot.setOption({
    animation: false,
    grid: { left: 16, right: 24, top: option.legend ? 48 : 24, bottom: 16, containLabel: true },
    ...option,
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: token("--surface"),
      borderColor: token("--line"),
      textStyle: words,
      ...option.tooltip,
    },
  });
  drawn.set(place, plot);
}

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.resize();
});

function drawAll() {
  for (const [place, plot] of drawn) {
    if (place.isConnected) continue;
    resized.unobserve(place);
    plot.dispose();
    drawn.delete(place);
  }
  for (const place of document.querySelectorAll("[data-chart]")) {
    if (drawn.has(place)) continue;
    draw(place);
    resized.observe(place);
    // The numbers stand open for those who can't see the plot; now they can.
    place.parentElement.querySelector(".chart-numbers")?.removeAttribute("open");
  }
}

drawAll();
document.addEventListener("htmx:after:swap", drawAll);
night.addEventListener("change", () => [...drawn.keys()].forEach(draw));
