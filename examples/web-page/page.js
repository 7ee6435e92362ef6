// SPDX-License-Identifier: MIT
// What the buttons of the page do, and what the page shows of a conversation.

import { openSession, post } from "./session.js";

const find = (id) => document.getElementById(id);
const [talk, hangUp, voice, status, conversation, form, text, send] = [
  "talk", "hang-up", "voice", "status", "conversation", "form", "text", "send",
].map(find);

/** Add a paragraph to the conversation, and return it. All texts are shown as text, never as HTML. */
function write(speaker, words = "") {
  const entry = document.createElement("p");
  entry.className = speaker;
  entry.textContent = words;
  conversation.append(entry);
  return entry;
}

/** Return the microphone, or null if there is none: then the visitor can type. */
async function askForMicrophone() {
  // Browsers have no mediaDevices in pages that are neither on https nor on localhost.
  if (!navigator.mediaDevices) {
    write("note", "The browser allows the microphone only over https. You can type instead.");
    return null;
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    const isRefused = error.name === "NotAllowedError";
    const reason = isRefused ? "The microphone is not allowed for this page" : "No microphone can be used";
    write("note", `${reason}. You can type instead.`);
    return null;
  }
}

/** Return a function that shows the server events of one conversation. */
function makeListener() {
  const entries = new Map(); // by the id of the item that is said
  const entry = (id, speaker) => {
    if (!entries.has(id)) entries.set(id, write(speaker));
    return entries.get(id);
  };
  const showDelta = (event) => entry(event.item_id, "model").append(event.delta);
  const actions = {
    // The answer often begins before the transcript of the question: keep a place for it above.
    "input_audio_buffer.committed": (event) => entry(event.item_id, "visitor").append("(spoken)"),
    "conversation.item.input_audio_transcription.completed": (event) => {
      entry(event.item_id, "visitor").textContent = event.transcript;
    },
    "response.output_text.delta": showDelta,
    "response.output_audio_transcript.delta": showDelta,
    "response.created": () => { send.disabled = true; }, // one answer at a time
    "response.done": ({ response }) => {
      send.disabled = false;
      if (response.status !== "failed") return;
      write("note", `The answer failed: ${response.status_details?.error?.message ?? "no reason given"}`);
    },
    error: (event) => {
      send.disabled = false;
      write("note", `The server reports: ${event.error.message}`);
    },
  };
  return (event) => actions[event.type]?.(event);
}

/** One conversation, from *Talk* to its end. */
async function converse() {
  const call = new AbortController();
  const { signal } = call;
  hangUp.onclick = () => call.abort();
  [talk.hidden, hangUp.hidden, voice.disabled] = [true, false, true];
  hangUp.focus();
  conversation.replaceChildren();
  let microphone = null;
  try {
    status.textContent = "Waiting for the microphone…";
    microphone = await askForMicrophone();
    status.textContent = "Connecting…";
    // Asked for last, because it is valid only for a short time. It is kept nowhere.
    const body = JSON.stringify({ voice: voice.value });
    const secret = await (await post("secret", { body, signal })).json();
    const options = { url: secret.url, microphone, signal, onEvent: makeListener() };
    const session = await openSession(secret.value, options);
    form.onsubmit = (event) => {
      event.preventDefault();
      if (!text.value.trim() || send.disabled) return;
      write("visitor", text.value);
      session.say(text.value);
      text.value = "";
      send.disabled = true;
    };
    [text.disabled, send.disabled] = [false, false];
    text.focus();
    status.textContent = microphone ? "Connected. Speak, or type." : "Connected.";
    status.textContent = await session.closed;
  } catch (error) {
    status.textContent = signal.aborted ? "You hung up." : error.message;
  } finally {
    microphone?.getTracks().forEach((track) => track.stop());
    [text.disabled, send.disabled] = [true, true];
    [talk.hidden, hangUp.hidden, voice.disabled] = [false, true, false];
    if (document.activeElement === document.body) talk.focus(); // its button is gone
  }
}

form.onsubmit = (event) => event.preventDefault();
talk.onclick = converse;
