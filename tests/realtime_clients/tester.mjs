// SPDX-License-Identifier: MIT
// Uses the page of Realtime Session Tester in a browser as a user does. Reads a task {scenario, page, browser, secret,
// folder} from standard input and prints what the user sees as JSON.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const task = JSON.parse(readFileSync(0, "utf8"));
const ANSWERED = '.bubble.assistant:has-text("bicycle")';

// A view of KNIME is in such a frame, of another origin: no microphone, no other window, no form.
const frame = (url) =>
  `<iframe src="${url}/page" sandbox="allow-downloads allow-scripts allow-same-origin" width="800" height="600">`;

async function serve() {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(request.url === "/page" ? task.page : frame(url));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${server.address().port}`;
  return url;
}

async function look(page) {
  const texts = (selector) => page.locator(selector).allTextContents();
  const names = await texts("dt");
  const values = await texts("dd");
  const bubbles = page.locator(".bubble");
  return {
    facts: Object.fromEntries(names.map((name, index) => [name, values[index]])),
    status: await page.textContent("#status"),
    problem: await page.textContent("#problem"),
    conversation: await bubbles.evaluateAll((all) => all.map((each) => [each.classList[1], each.textContent])),
    events: (await texts("#list summary")).map((text) => text.replace(/^.*?([←→])/, "$1")).reverse(),
    focus: await page.evaluate(() => document.activeElement.id),
    disabled: await page.locator(":disabled").evaluateAll((all) => all.map(({ id }) => id)),
    secret: (await page.content()).includes(task.secret),
  };
}

async function type(page, text) {
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

const SCENARIOS = {
  // With the keyboard alone.
  async talk(page) {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#text:enabled");
    await type(page, "When can you repair my bicycle?");
    await page.waitForSelector(ANSWERED);
    await page.waitForSelector('#list summary:has-text("response.done")', { state: "attached" });
    const connected = await look(page);
    await page.click("#microphone");
    await page.waitForSelector("#microphone[aria-pressed=true]");
    const talking = await look(page);
    await page.click("#microphone");
    await page.waitForSelector("#microphone[aria-pressed=false]");
    await page.screenshot({ path: `${task.folder}/view.png` });
    await page.click("#connect");
    return [connected, talking, await look(page)];
  },

  async "talk over WebSocket"(page) {
    await page.addInitScript(() => delete globalThis.RTCPeerConnection);
    await page.reload();
    return SCENARIOS.talk(page);
  },

  async "choose a row"(page) {
    const before = await look(page);
    await page.selectOption("#sessions", { label: "second" });
    return [before, await look(page)];
  },

  async "wait until the secret expires"(page) {
    await page.clock.install({ time: (task.now - 60) * 1000 });
    await page.clock.pauseAt(task.now * 1000);
    await page.reload();
    const seen = [await look(page)];
    for (const seconds of [599, 2]) {
      await page.clock.runFor(seconds * 1000);
      seen.push(await look(page));
    }
    return seen;
  },

  async "be refused"(page) {
    await page.click("#connect");
    await page.waitForSelector("#problem:visible");
    return [await look(page)];
  },

  // The copy is opened as a file.
  async "leave KNIME"(page, url) {
    await page.goto(url.replace("127.0.0.1", "localhost"));
    const view = page.frame({ url: `${url}/page` });
    await view.click("#connect");
    await view.waitForSelector("#text:enabled");
    await view.click("#microphone");
    await view.waitForSelector("#problem:visible");
    const inside = await look(view);
    const downloading = page.waitForEvent("download");
    await view.click("#save");
    const copy = `${task.folder}/copy.html`;
    await (await downloading).saveAs(copy);
    await page.goto(pathToFileURL(copy).href);
    await page.click("#connect");
    await page.click("#microphone:enabled");
    await page.waitForSelector("#microphone[aria-pressed=true]");
    return [inside, await look(page)];
  },
};

const [executablePath, ...args] = task.browser;
const browser = await chromium.launch({ executablePath, args });
const page = await browser.newPage({ viewport: { width: 860, height: 640 } });
page.setDefaultTimeout(20_000);
const errors = [];
page.on("pageerror", (error) => errors.push(String(error)));
const url = await serve();
await page.goto(`${url}/page`);
const seen = await SCENARIOS[task.scenario](page, url);
await browser.close();
process.stdout.write(JSON.stringify({ seen, errors }), () => process.exit());
