// SPDX-License-Identifier: MIT
// Opens a page in a browser, and calls methods of Playwright's Page. Reads a task {browser, url, steps} from standard
// input; each step is [method, ...arguments]. Prints the texts that the steps return as JSON.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const task = JSON.parse(readFileSync(0, "utf8"));
const [executablePath, ...args] = task.browser;
const browser = await chromium.launch({ executablePath, args });
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(error));
await page.goto(task.url);
const texts = [];
for (const [method, ...parameters] of task.steps) {
  const result = await page[method](...parameters);
  if (typeof result === "string") texts.push(result);
}
await browser.close();
process.stdout.write(JSON.stringify(texts), () => process.exit());
