// SPDX-License-Identifier: MIT
// Uses the page of Realtime Session Tester in a browser as a user does. Reads a task {scenario, page, browser, secret,
// folder} from standard input and prints what the user sees as JSON.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const task = JSON.parse(readFileSync(0, "utf8"));
const ANSWERED = '.bubble.model:has-text("bicycle")';

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

const isTalking = '#microphone:has-text("Stop talking")';

async function talk(page) {
  await page.click("#microphone");
  await page.waitForSelector(isTalking);
  const status = await page.textContent("#status");
  // The fake microphone beeps, which is a turn. Its answer is sound that the page plays.
  await page.waitForSelector('.bubble.user:has-text("(spoken)") ~ .bubble.model');
  await page.waitForFunction(() => globalThis.played > 1);
  return status;
}

// As for a server without WebRTC.
const refuseCalls = (page) =>
  page.route(/\/calls/, (route) => {
    const headers = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
    return route.fulfill({ status: 501, headers, body: "<html>" });
  });

async function saveCopy(page, view) {
  const downloading = page.waitForEvent("download");
  await view.click("#save");
  const copy = `${task.folder}/copy.html`;
  await (await downloading).saveAs(copy);
  return copy;
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
    const status = await talk(page);
    await page.click("#microphone");
    await page.waitForSelector(`#microphone:not(${isTalking})`);
    await page.screenshot({ path: `${task.folder}/view.png` });
    await page.click("#connect");
    return [connected, { ...(await look(page)), talking: status }];
  },

  async "talk over WebSocket"(page) {
    await refuseCalls(page);
    return SCENARIOS.talk(page);
  },

  // A translation session has no turns, and events of its own.
  async translate(page) {
    await refuseCalls(page);
    await page.click("#connect");
    await page.click("#microphone:enabled");
    await page.waitForSelector(".bubble.model");
    return [await look(page)];
  },

  // While the model answers, and while the browser asks for the microphone.
  async "be quick"(page) {
    await page.evaluate(() => {
      for (let click = 0; click < 3; click++) document.getElementById("connect").click();
    });
    await page.waitForSelector("#text:enabled");
    for (const text of ["one", "two", "three"]) await type(page, text);
    await page.waitForSelector('.bubble.model:has-text("three")');
    const answered = await look(page);
    await page.evaluate(() => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wishes) => (globalThis.stream = await ask(wishes));
      document.getElementById("microphone").click();
      document.getElementById("connect").click();
    });
    await page.waitForFunction(() => globalThis.stream?.getTracks()[0].readyState === "ended");
    return [answered, await look(page)];
  },

  // A server without WebRTC and with another sound format closes the session with the first event.
  async "lose the server"(page) {
    await refuseCalls(page);
    await page.routeWebSocket(/realtime/, (socket) => {
      const audio = { output: { format: { type: "audio/pcmu" } } };
      socket.send(JSON.stringify({ type: "session.created", session: { type: "realtime", audio } }));
      socket.onMessage(() => socket.close({ code: 1001, reason: "It is late." }));
    });
    await page.reload();
    await page.click("#connect");
    await page.waitForSelector("#text:enabled");
    const connected = await look(page);
    await type(page, "Hello");
    await page.waitForSelector("#text:disabled");
    return [connected, await look(page)];
  },

  async "choose a row"(page) {
    const before = await look(page);
    await page.selectOption("#sessions", { label: "second" });
    const after = await look(page);
    const colours = [];
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      colours.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    }
    return [before, { ...after, colours }];
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
    return [...seen, readFileSync(await saveCopy(page, page), "utf8")];
  },

  async "be refused"(page) {
    await page.click("#connect");
    await page.waitForSelector("#problem:visible");
    return [await look(page)];
  },

  // The copy is opened as a file, and talks over WebSocket.
  async "leave KNIME"(page, url) {
    await page.goto(url.replace("127.0.0.1", "localhost"));
    const view = page.frame({ url: `${url}/page` });
    await view.click("#connect");
    await view.waitForSelector("#text:enabled");
    await view.click("#microphone");
    await view.waitForSelector("#problem:visible");
    const inside = await look(view);
    await page.goto(pathToFileURL(await saveCopy(page, view)).href);
    await refuseCalls(page);
    await page.click("#connect");
    await page.waitForSelector("#text:enabled");
    const status = await talk(page);
    return [inside, { ...(await look(page)), talking: status }];
  },
};

const [executablePath, ...args] = task.browser;
const browser = await chromium.launch({ executablePath, args });
const page = await browser.newPage({ viewport: { width: 860, height: 640 } });
page.setDefaultTimeout(20_000);
const errors = [];
page.on("pageerror", (error) => errors.push(String(error)));
// Counts what the page plays, over WebSocket and over WebRTC.
await page.addInitScript(() => {
  globalThis.played = 0;
  const { start } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (...when) {
    globalThis.played += 1;
    return start.apply(this, when);
  };
  const property = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  const set = function (stream) {
    if (stream) globalThis.played += 2;
    property.set.call(this, stream);
  };
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", { ...property, set });
});
const url = await serve();
await page.goto(`${url}/page`);
const seen = await SCENARIOS[task.scenario](page, url);
await browser.close();
process.stdout.write(JSON.stringify({ seen, errors }), () => process.exit());
