// The page: choice of the session, countdown, connecting, typing and talking.

const IS_FILE = location.protocol === "file:";
const SAVING =
  "Save page keeps a copy of this page, with the secret in it: open that file in Chrome, Edge or " +
  "Firefox, and delete it afterwards.";
const UNREACHABLE = IS_FILE
  ? "Does the server run? With https, this browser must trust its certificate."
  : `If this view may use no network: ${SAVING}`;
const NO_MICROPHONE = {
  NotFoundError: "There is no microphone on this computer.",
  NotAllowedError: `The microphone is not allowed here. ${IS_FILE ? "" : SAVING}`,
};
const EXPIRED = IS_FILE
  ? "The secret has expired. Create a new one, and save its page again."
  : "The secret has expired. Execute the node that creates the session again, then this one.";

const { server, sessions } = JSON.parse(find("data").textContent);
const copy = document.documentElement.cloneNode(true);
const conversation = new Conversation();
const events = new EventList();
let chosen = sessions[0];
let secret = ""; // of the connection, also after its expiry
let attempt = null; // ends the connection, also while it is being opened
let connection = null; // what `openSession` returns
let current = {}; // the session as the server describes it
let countdown = null; // the element that shows it
let microphone = null; // the stream while the user talks
let asking = false; // the browser asks for the microphone
let speaking = false; // the server hears the user, and waits for silence
let playing = false; // the server plays its voice, over WebRTC
let answering = false; // the server makes a response
let unanswered = false; // another response is wanted after it

function showStatus(text) {
  find("status").textContent = text;
}

function showProblem(text) {
  find("problem").textContent = text;
  find("problem").hidden = !text;
}

/** Show why there is no connection. */
function showIdle(reason) {
  showStatus(`${reason} ${chosen.secret ? "" : EXPIRED}`.trim());
}

function isExpired(session) {
  return session.expires !== null && session.expires * 1000 <= Date.now();
}

/** Take expired secrets out of this page and out of the copy to save. */
function forgetExpired() {
  for (const session of sessions.filter(isExpired)) session.secret = null;
  const data = JSON.stringify({ server, sessions }).replaceAll("<", "\\u003c");
  for (const page of [document, copy]) page.querySelector("#data").textContent = data;
  URL.revokeObjectURL(find("save").href);
  find("save").href = "#";
}

function formatTime(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  if (seconds >= 3600) parts.unshift(Math.floor(seconds / 3600));
  return parts.map((part, place) => String(part).padStart(place ? 2 : 1, "0")).join(":");
}

function listFacts() {
  const { input, output } = current.audio ?? {};
  const voice = output?.voice ?? chosen.voice;
  const detection = input?.turn_detection;
  return {
    Model: current.model ?? chosen.model,
    Voice: voice?.id ?? voice,
    "Output language": output?.language,
    "Turn detection": detection === null ? "off" : detection?.type,
    Tools: current.tools?.map((tool) => tool.name ?? tool.server_label).join(", "),
  };
}

function showFacts() {
  const facts = Object.entries(listFacts()).filter(([, value]) => value);
  countdown = createElement("dd", {});
  const shown = facts.map(([name, value]) => [name, createElement("dd", {}, value)]);
  const rows = [...shown, ["Secret expires in", countdown]].map(([name, value]) =>
    createElement("div", {}, createElement("dt", {}, name), value),
  );
  find("facts").replaceChildren(...rows);
  showCountdown();
}

function showCountdown() {
  const left = chosen.expires - Date.now() / 1000;
  const time = isExpired(chosen) ? "expired" : formatTime(Math.ceil(left));
  countdown.textContent = chosen.expires === null ? "unknown" : time;
  countdown.className = chosen.expires !== null && left < 60 ? "alarm" : "";
}

function isConversation() {
  return (current.type || chosen.type || "realtime") === "realtime";
}

/** Show what has changed, and what the user can do now. */
function refresh() {
  showFacts();
  const closed = attempt ? "Cancel" : "Connect";
  find("connect").textContent = connection ? "Disconnect" : closed;
  find("connect").disabled = !attempt && !chosen.secret;
  find("microphone").disabled = !connection;
  find("microphone").textContent = microphone ? "Stop talking" : "Talk";
  find("microphone").className = microphone ? "on" : "";
  find("sessions").disabled = Boolean(attempt);
  for (const id of ["text", "send"]) find(id).disabled = !connection || !isConversation();
  find("text").placeholder = isConversation()
    ? "Type a message"
    : "This session only listens: press Talk";
  find("save").hidden = !sessions.some((session) => session.secret);
}

function receive(event) {
  events.add("←", event, secret);
  switch (event.type) {
    case "session.created":
    case "session.updated":
      current = event.session;
      refresh();
      break;
    case "response.created":
      answering = true;
      break;
    case "response.done":
      endResponse();
      break;
    case "input_audio_buffer.speech_started":
      speaking = true;
      if (current.audio?.input?.turn_detection?.interrupt_response !== false) connection.stopAudio();
      break;
    case "input_audio_buffer.speech_stopped":
      speaking = false;
      break;
    case "output_audio_buffer.started":
      playing = true;
      break;
    case "output_audio_buffer.stopped":
    case "output_audio_buffer.cleared":
      playing = false;
      break;
    case "error":
      // The response has ended before the server read that it is to be cancelled.
      if (event.error?.code === "response_cancel_not_active") endResponse();
      else showProblem(`The server reports: ${event.error?.message ?? JSON.stringify(event)}`);
  }
  showEvent(conversation, event);
}

function send(event) {
  connection.send(event);
  events.add("→", event, secret);
}

async function connect() {
  const { signal } = (attempt = new AbortController());
  ({ secret } = chosen);
  showProblem("");
  conversation.clear();
  events.clear();
  showStatus(`Connecting to ${new URL(server.url).host} …`);
  refresh();
  const unlessEnded = (action) => (value) => signal.aborted || action(value);
  const on = {
    event: unlessEnded(receive),
    problem: unlessEnded(showProblem),
    closed: unlessEnded(disconnect),
  };
  try {
    connection = await openSession(server, chosen, on, signal);
  } catch (error) {
    if (signal.aborted) return;
    disconnect("Not connected.");
    showProblem(error instanceof Refusal ? error.message : `${error.message} ${UNREACHABLE}`);
    return;
  }
  showStatus(`Connected over ${connection.name}.`);
  refresh();
  find(find("text").disabled ? "microphone" : "text").focus();
}

function disconnect(reason) {
  // Only if the user is here, and not in the list of events or outside of this view.
  const used = [find("text"), find("send"), find("microphone")].includes(document.activeElement);
  const hasFocus = used && document.hasFocus();
  attempt.abort();
  connection?.close();
  attempt = connection = null;
  speaking = playing = answering = unanswered = false;
  current = {};
  stopMicrophone();
  showIdle(reason);
  refresh();
  if (hasFocus) find("connect").focus();
}

function stopMicrophone() {
  for (const track of microphone?.getTracks() ?? []) track.stop();
  microphone = null;
}

async function talk() {
  if (asking) return;
  const { signal } = attempt;
  showProblem("");
  asking = true;
  let stream = null;
  try {
    if (!navigator.mediaDevices) throw new DOMException("", "NotAllowedError");
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    signal.throwIfAborted();
    await connection.setMicrophone(stream);
    signal.throwIfAborted();
    microphone = stream;
    // It was unplugged, or is no longer allowed.
    stream.getAudioTracks()[0].onended = stopTalking;
    showStatus("You can talk now.");
  } catch (error) {
    for (const track of stream?.getTracks() ?? []) track.stop();
    const text = NO_MICROPHONE[error.name] ?? `The microphone cannot be used: ${error.message}`;
    if (!signal.aborted) showProblem(text.trim());
  }
  asking = false;
  refresh();
}

async function stopTalking() {
  const { signal } = attempt;
  stopMicrophone();
  await connection.setMicrophone(null);
  if (signal.aborted) return;
  showStatus(`Connected over ${connection.name}.`);
  // The server waits for the end of the turn, and hears no silence any more.
  if (current.audio?.input?.turn_detection === null || speaking) {
    speaking = false;
    send({ type: "input_audio_buffer.commit" });
    if (isConversation()) respond();
  }
  refresh();
}

function sendText() {
  const text = find("text").value.trim();
  if (!text || find("send").disabled) return;
  showProblem("");
  const content = [{ type: "input_text", text }];
  try {
    send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  } catch (error) {
    showProblem(`The text cannot be sent: ${error.message}`);
    return;
  }
  find("text").value = "";
  connection.stopAudio();
  if (playing) send({ type: "output_audio_buffer.clear" });
  respond();
}

/** Ask for a response, after the end of the one before: the server makes one at a time. */
function respond() {
  if (unanswered) return;
  unanswered = answering;
  send({ type: answering ? "response.cancel" : "response.create" });
  answering = true;
}

function endResponse() {
  const isWanted = unanswered;
  answering = unanswered = false;
  if (isWanted) respond();
}

function save() {
  const text = `<!doctype html>\n${copy.outerHTML}`;
  URL.revokeObjectURL(find("save").href);
  // The browser follows the link after this click.
  find("save").href = URL.createObjectURL(new Blob([text], { type: "text/html" }));
}

function passSecond() {
  if (sessions.some((session) => session.secret && isExpired(session))) {
    forgetExpired();
    refresh();
    if (!attempt) showIdle("");
  }
  showCountdown();
}

const options = sessions.map(({ row }, index) => createElement("option", { value: index }, row));
find("sessions").append(...options);
find("choice").hidden = sessions.length < 2;
find("sessions").onchange = ({ target }) => {
  chosen = sessions[target.value];
  showProblem("");
  showIdle("");
  refresh();
};
find("connect").onclick = () => (attempt ? disconnect("Disconnected.") : connect());
find("microphone").onclick = () => (microphone ? stopTalking() : talk());
find("send").onclick = sendText;
find("text").onkeydown = ({ key, isComposing }) => {
  if (key === "Enter" && !isComposing) sendText();
};
find("save").onclick = save;
setInterval(passSecond, 1000);
forgetExpired();
showIdle("");
refresh();
