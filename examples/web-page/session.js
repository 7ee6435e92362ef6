// SPDX-License-Identifier: MIT
// Opens a Realtime session over WebRTC with a client secret. Knows nothing of the page around it.

const OPENAI = "https://api.openai.com/v1/realtime/calls";
const CONNECT_TIMEOUT = 20_000; // milliseconds

/**
 * Send a POST request. Throws an Error whose message is for the user: the reason that the server
 * gives, in the form of OpenAI's errors, or that it cannot be reached.
 */
export async function post(url, options) {
  const { host } = new URL(url, location.href);
  const request = fetch(url, { method: "POST", cache: "no-store", ...options });
  const answer = await request.catch((error) => {
    throw options.signal?.aborted ? error : new Error(`${host} cannot be reached.`);
  });
  if (answer.ok) return answer;
  // Another answer than OpenAI's has no reason in that place, for example the page of a proxy.
  const { error } = await answer.json().catch(() => ({}));
  throw new Error(error?.message ?? `${host} answered with HTTP status ${answer.status}.`);
}

/**
 * Open the session of a client secret. Returns when events can be sent:
 *
 * - `send(event)` sends a client event, `say(text)` a text of the user that the model answers;
 * - `close()` hangs up;
 * - `closed` is a promise of the reason why the session ended, for the user.
 *
 * Options: `microphone`, a MediaStream, without which the model hears nothing; `url`, the address for
 * calls; `onEvent(event)`, called for each server event; `signal`, an AbortSignal that hangs up at any
 * time, also while connecting. Stopping the microphone is left to the caller.
 */
export async function openSession(secret, options = {}) {
  const { microphone, url = OPENAI, onEvent = console.log, signal } = options;
  const connection = new RTCPeerConnection();
  const audio = Object.assign(new Audio(), { autoplay: true });
  connection.ontrack = ({ track }) => { audio.srcObject = new MediaStream([track]); };
  if (microphone) connection.addTrack(microphone.getAudioTracks()[0], microphone);
  else connection.addTransceiver("audio", { direction: "recvonly" });
  const channel = connection.createDataChannel("oai-events");

  const request = new AbortController();
  let close;
  const closed = new Promise((resolve) => {
    close = (reason = "You hung up.") => {
      request.abort();
      connection.close();
      audio.srcObject = null;
      resolve(reason);
    };
  });
  const opened = new Promise((resolve) => { channel.onopen = resolve; });
  channel.onmessage = ({ data }) => onEvent(JSON.parse(data));
  channel.onclose = () => close("The server ended the conversation.");
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === "failed") close("The connection was lost.");
  };
  signal?.addEventListener("abort", () => close());
  const timer = setTimeout(close, CONNECT_TIMEOUT, "The connection failed. Your network may block calls (WebRTC).");

  try {
    signal?.throwIfAborted();
    await connection.setLocalDescription();
    const headers = { Authorization: `Bearer ${secret}`, "Content-Type": "application/sdp" };
    const body = connection.localDescription.sdp;
    const answer = await post(url, { headers, body, signal: request.signal });
    await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    const reason = await Promise.race([opened.then(() => null), closed]);
    if (reason !== null) throw new Error(reason);
  } catch (error) {
    const reason = request.signal.aborted ? new Error(await closed) : error;
    close();
    throw reason;
  } finally {
    clearTimeout(timer);
  }

  const send = (event) => channel.send(JSON.stringify(event));
  const say = (text) => {
    const content = [{ type: "input_text", text }];
    send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
    send({ type: "response.create" });
  };
  return { send, say, close, closed };
}
