// SPDX-License-Identifier: MIT
// Runs the task on standard input in Node, or in a page if it has the command of a browser as `browser`.
// Prints the report as JSON.
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { chromium } from "playwright-core";
import { run } from "./clients.mjs";

// Only a page that comes from loopback itself may connect to loopback without asking the user.
async function serveFolder() {
  const server = createServer((request, response) => {
    const kind = request.url.endsWith(".html") ? "text/html" : "text/javascript";
    response.setHeader("content-type", kind);
    createReadStream(new URL(`.${request.url}`, import.meta.url)).pipe(response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${server.address().port}`;
}

async function runInPage(task) {
  const [executablePath, ...args] = task.browser;
  const browser = await chromium.launch({ executablePath, args });
  // Chromium cannot be told by an option which authority to trust.
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  page.on("console", (message) => console.error(message.text()));
  await page.goto(`${await serveFolder()}/page.html`);
  const report = await page.evaluate(async (task) => (await import("/clients.mjs")).run(task), task);
  await browser.close();
  return report;
}

const task = JSON.parse(readFileSync(0, "utf8"));
const report = await (task.browser ? runInPage(task) : run(task));
process.stdout.write(JSON.stringify(report), () => process.exit());
