// Shows the events of a session: the conversation as bubbles, and all events as a folded list.

const MAX_EVENTS = 500; // in the list
const MAX_TEXT = 500; // characters of one value, such as sound in base64
const SPOKEN = "(spoken)"; // until there is a transcript, if ever

const find = (id) => document.getElementById(id);

function createElement(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** The bubbles of the conversation; each has the id of its item. */
class Conversation {
  #bubbles = new Map();

  clear() {
    this.#bubbles.clear();
    find("conversation").replaceChildren();
  }

  has(id) {
    return this.#bubbles.has(id);
  }

  /** Show a text of the user, of the model, or a note, in place of an earlier one. */
  show(id, role, text) {
    this.#open(id, role).textContent = text;
  }

  append(id, role, text) {
    const bubble = this.#open(id, role);
    if (bubble.textContent === SPOKEN) bubble.textContent = "";
    bubble.append(text);
  }

  #open(id, role) {
    if (!this.has(id)) {
      const bubble = createElement("div", { className: `bubble ${role}` });
      this.#bubbles.set(id, bubble);
      find("conversation").append(bubble);
    }
    return this.#bubbles.get(id);
  }
}

/** The events in both directions, the newest first; the deltas of one text share an entry. */
class EventList {
  #count = 0;
  #deltas = new Map();

  clear() {
    this.#count = 0;
    this.#deltas.clear();
    find("count").textContent = 0;
    find("list").replaceChildren();
  }

  add(direction, event, secret) {
    find("count").textContent = ++this.#count;
    const name = `${direction} ${event.type}`;
    const entry = this.#deltas.get(name) ?? this.#insert(name);
    if (/\.(delta|append)$/.test(name)) this.#deltas.set(name, entry);
    else this.#deltas.clear();
    entry.times += 1;
    if (entry.times > 1) entry.summary.textContent = `${entry.title} × ${entry.times}`;
    entry.content.textContent = describe(event, secret);
  }

  #insert(name) {
    const title = `${new Date().toLocaleTimeString()} ${name}`;
    const summary = createElement("summary", { textContent: title });
    const content = createElement("pre", {});
    find("list").prepend(createElement("li", {}, createElement("details", {}, summary, content)));
    if (find("list").childElementCount > MAX_EVENTS) find("list").lastChild.remove();
    return { title, summary, content, times: 0 };
  }
}

/** The event as text, without long values and without the secret. */
function describe(event, secret) {
  const shorten = (_, value) => {
    if (typeof value !== "string" || value.length <= MAX_TEXT) return value;
    return `${value.slice(0, 40)}… (${value.length} characters)`;
  };
  return JSON.stringify(event, shorten, 2).replaceAll(secret, "***");
}

/** Show in the conversation what an event of the server says. */
function showEvent(conversation, event) {
  const { type } = event;
  if (/^conversation\.item\.(added|created|done)$/.test(type)) showItem(conversation, event.item);
  else if (type === "response.output_item.done") showItem(conversation, event.item);
  else if (/^response\.output_(text|audio_transcript)\.delta$/.test(type))
    conversation.append(event.item_id, "model", event.delta);
  else if (/^response\.output_(text|audio_transcript)\.done$/.test(type))
    conversation.show(event.item_id, "model", event.text ?? event.transcript);
  else if (/input_audio_transcription\.delta$/.test(type))
    conversation.append(event.item_id, "user", event.delta);
  else if (/input_audio_transcription\.completed$/.test(type))
    conversation.show(event.item_id, "user", event.transcript);
  else if (type === "session.input_transcript.delta")
    conversation.append("heard", "user", event.delta);
  else if (type === "session.output_transcript.delta")
    conversation.append("translated", "model", event.delta);
  else if (type === "mcp_list_tools.failed")
    conversation.show(event.item_id, "note", "The tools of an MCP server cannot be listed.");
  else if (type === "response.done") showEnd(conversation, event.response);
  // A screen reader reads a response when it is complete.
  if (type === "response.created") find("conversation").ariaBusy = "true";
  if (type === "response.done") find("conversation").ariaBusy = "false";
}

function showItem(conversation, item) {
  const note = (text) => conversation.show(item.id, "note", text);
  if (item.type === "function_call" && item.arguments)
    note(`The model calls ${item.name}(${item.arguments}). This page has no answer; your app has.`);
  else if (item.type === "mcp_call" && (item.output || item.error))
    note(`${item.name}: ${item.output ?? item.error.message}`);
  else if (item.type === "mcp_approval_request")
    note(`The model wants to call ${item.name}. This page cannot approve it; your app can.`);
  else if (item.type === "message" && item.role === "user" && !conversation.has(item.id)) {
    const texts = item.content.map((part) => part.text ?? part.transcript ?? SPOKEN);
    conversation.show(item.id, "user", texts.join("\n"));
  }
}

function showEnd(conversation, { id, status, status_details: details }) {
  if (status === "completed") return;
  const reason = details?.error?.message ?? details?.reason ?? "";
  conversation.show(id, "note", `The response is ${status}. ${reason}`.trim());
}
