// The page: choice of the session, countdown, connecting, typing and talking.

const SAVING =
  "Save page keeps a copy of this page, with the secret in it: open that file in Chrome, Edge or " +
  "Firefox, and delete it afterwards.";
const NO_MICROPHONE = {
  NotFoundError: "There is no microphone on this computer.",
  NotAllowedError: `The microphone is not allowed here. Typing works. ${SAVING}`,
};

const { server, sessions } = JSON.parse(find("data").textContent);
const copy = document.documentElement.cloneNode(true);
const conversation = new Conversation();
const events = new EventList();
let chosen = sessions[0];
let connection = null; // null, "opening", or what `openSession` returns
let current = {}; // the session as the server describes it
let microphone = null; // the stream while the user talks
let countdown = null; // the element that shows it
let answering = false;
let waiting = ""; // a text of the user, until the response before it has ended

function say(text) {
  find("status").textContent = text;
}

function complain(text) {
  find("problem").textContent = text;
  find("problem").hidden = !text;
}

function isExpired(session) {
  return session.expires !== null && session.expires * 1000 <= Date.now();
}

/** Take expired secrets out of this page and out of the copy to save. */
function forgetExpired() {
  for (const session of sessions.filter((each) => each.secret && isExpired(each)))
    session.secret = null;
  const data = JSON.stringify({ server, sessions }).replaceAll("<", "\\u003c");
  for (const page of [document, copy]) page.querySelector("#data").textContent = data;
}

function formatTime(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, place) => String(part).padStart(place ? 2 : 1, "0")).join(":");
}

function listFacts() {
  const audio = current.audio ?? {};
  const voice = audio.output?.voice ?? current.voice ?? chosen.voice;
  const detection = findTurnDetection();
  return {
    Model: current.model ?? chosen.model,
    Voice: voice?.id ?? voice,
    "Turn detection": detection === null ? "off" : detection?.type,
    Tools: current.tools?.map((tool) => tool.name ?? tool.server_label).join(", "),
  };
}

function findTurnDetection() {
  return current.audio ? current.audio.input?.turn_detection : current.turn_detection;
}

function showFacts() {
  const facts = Object.entries(listFacts()).filter(([, value]) => value);
  countdown = make("dd", {});
  const shown = [...facts, ["Secret expires in", countdown]].map(([name, value]) =>
    make("div", {}, make("dt", {}, name), value.append ? value : make("dd", {}, value)),
  );
  find("facts").replaceChildren(...shown);
  showCountdown();
}

function showCountdown() {
  const left = chosen.expires - Date.now() / 1000;
  const time = isExpired(chosen) ? "expired" : formatTime(Math.ceil(left));
  countdown.textContent = chosen.expires === null ? "unknown" : time;
  countdown.className = chosen.expires !== null && left < 60 ? "alarm" : "";
}

function refresh() {
  forgetExpired();
  showFacts();
  const open = Boolean(connection?.send);
  const type = current.type || chosen.type || "realtime";
  find("connect").textContent = open ? "Disconnect" : connection ? "Cancel" : "Connect";
  find("connect").disabled = !connection && !chosen.secret;
  find("microphone").disabled = !open;
  find("microphone").setAttribute("aria-pressed", String(Boolean(microphone)));
  find("microphone").textContent = microphone ? "Stop talking" : "Talk";
  find("sessions").disabled = Boolean(connection);
  for (const id of ["text", "send"]) find(id).disabled = !open || type !== "realtime";
  find("save").hidden = !sessions.some((session) => session.secret);
  if (!connection && !chosen.secret)
    say("The secret has expired. Execute the node that creates the session again, then this one.");
}

function receive(event) {
  events.add("←", event, chosen.secret);
  showEvent(conversation, event);
  if (/^session\.(created|updated)$/.test(event.type)) {
    current = event.session;
    refresh();
  } else if (event.type === "response.created") answering = true;
  else if (event.type === "response.done") {
    answering = false;
    if (waiting) ask(waiting);
  } else if (event.type === "input_audio_buffer.speech_started") {
    if (findTurnDetection()?.interrupt_response !== false) connection.hush();
  } else if (event.type === "error") complain(`The server reports: ${event.error.message}`);
}

function send(event) {
  events.add("→", event, chosen.secret);
  connection.send(event);
}

async function connect() {
  const attempt = (connection = { close: () => {} });
  complain("");
  conversation.clear();
  events.clear();
  say(`Connecting to ${new URL(server.url).host} …`);
  refresh();
  try {
    const opened = await openSession(server, chosen, { event: receive, closed: disconnect });
    if (connection !== attempt) return opened.close();
    connection = opened;
    say(`Connected over ${opened.name}.`);
    refresh();
    find(find("text").disabled ? "microphone" : "text").focus();
  } catch (error) {
    if (connection !== attempt) return;
    disconnect("Not connected.");
    const refused = error instanceof Refusal;
    complain(refused ? error.message : `${error.message} If this view may use no network: ${SAVING}`);
  }
}

function disconnect(reason) {
  connection?.close();
  connection = null;
  answering = false;
  waiting = "";
  current = {};
  stopMicrophone();
  say(reason);
  refresh();
  find("connect").focus();
}

function stopMicrophone() {
  for (const track of microphone?.getTracks() ?? []) track.stop();
  microphone = null;
}

async function talk() {
  complain("");
  try {
    if (!navigator.mediaDevices) throw new DOMException("", "NotAllowedError");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    if (!connection?.send) return;
    microphone = stream;
    await connection.setMicrophone(stream);
    say("You can talk now.");
  } catch (error) {
    stopMicrophone();
    complain(NO_MICROPHONE[error.name] ?? `The microphone cannot be used: ${error.message}`);
  }
  refresh();
}

async function stopTalking() {
  stopMicrophone();
  await connection.setMicrophone(null);
  say(`Connected over ${connection.name}.`);
  // Without turn detection the server waits for the end of the user's turn.
  if (findTurnDetection() === null) {
    send({ type: "input_audio_buffer.commit" });
    if (!find("text").disabled) send({ type: "response.create" });
  }
  refresh();
}

function sendText() {
  const text = find("text").value.trim();
  if (!text || find("send").disabled) return;
  complain("");
  find("text").value = "";
  if (!answering) return ask(text);
  waiting = text;
  send({ type: "response.cancel" });
  connection.stopAudio();
}

function ask(text) {
  waiting = "";
  const content = [{ type: "input_text", text }];
  send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  send({ type: "response.create" });
}

function save() {
  const text = `<!doctype html>\n${copy.outerHTML}`;
  find("save").href = URL.createObjectURL(new Blob([text], { type: "text/html" }));
}

const options = sessions.map(({ row }, index) => make("option", { value: index }, row));
find("sessions").append(...options);
find("choice").hidden = sessions.length < 2;
find("sessions").onchange = ({ target }) => {
  chosen = sessions[target.value];
  say("");
  refresh();
};
find("connect").onclick = () => (connection ? disconnect("Disconnected.") : connect());
find("microphone").onclick = () => (microphone ? stopTalking() : talk());
find("send").onclick = sendText;
find("text").onkeydown = ({ key, isComposing }) => {
  if (key === "Enter" && !isComposing) sendText();
};
find("save").onclick = save;
setInterval(() => {
  if (chosen.secret && isExpired(chosen)) refresh();
  forgetExpired();
  showCountdown();
}, 1000);
refresh();
