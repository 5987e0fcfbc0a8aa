// Copies what pages and contracts need from node_modules to static/vendor: the browser never asks another host.
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const htmx = "htmx.org/dist";
const noto = "@expo-google-fonts/noto-sans-sc";

const files = {
  "htmx.min.js": `${htmx}/htmx.min.js`,
  "hx-csp.min.js": `${htmx}/ext/hx-csp.min.js`,
  "hx-sse.min.js": `${htmx}/ext/hx-sse.min.js`,
  "htmx.LICENSE": "htmx.org/LICENSE",
  "echarts.common.min.js": "echarts/dist/echarts.common.min.js",
  "echarts.LICENSE": "echarts/LICENSE",
  "fonts/NotoSansSC_400Regular.ttf": `${noto}/400Regular/NotoSansSC_400Regular.ttf`,
  "fonts/NotoSansSC_700Bold.ttf": `${noto}/700Bold/NotoSansSC_700Bold.ttf`,
  "fonts/LICENSE": `${noto}/LICENSE_FONT`,
};

for (const [target, source] of Object.entries(files)) {
  const path = join(root, "static", "vendor", target);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(join(root, "node_modules", source), path);
}
