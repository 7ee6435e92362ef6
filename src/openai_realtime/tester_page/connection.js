// Opens a session over WebRTC or, where that is not possible, over WebSocket. A connection has
// `name`, `send(event)`, `setMicrophone(stream or null)`, `stopAudio()` for sound that this page
// plays itself, and `close()`. `on.event(event)` gets each event of the server, `on.problem(text)`
// what the user must know, `on.closed(reason)` the end of the session.

const OPENING_TIME = 10_000; // ms
const REFUSALS = [400, 401, 403, 429]; // for these, another way to connect does not help
const PCM = "audio/pcm";

/** The server refuses the session. */
class Refusal extends Error {}

/** `signal` ends the attempt; then this throws. */
async function openSession(server, session, on, signal) {
  const reasons = [];
  for (const open of [openWebRtc, openWebSocket]) {
    const attempt = new AbortController();
    const abort = () => attempt.abort();
    signal.addEventListener("abort", abort);
    const timer = setTimeout(abort, OPENING_TIME);
    try {
      return await open(server, session, on, attempt.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Refusal) throw error;
      reasons.push(error.message);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
  throw new Error(reasons.join(" "));
}

function makeAddress(server, session, path) {
  const kind = session.type === "translation" ? "/realtime/translations" : "/realtime";
  const address = new URL(server.url + kind + path);
  // The model of a transcription session is not the one of the connection.
  if (session.type === "transcription") address.searchParams.set("intent", "transcription");
  else if (session.model) address.searchParams.set("model", session.model);
  return address;
}

async function openWebRtc(server, session, on, signal) {
  if (!globalThis.RTCPeerConnection) throw new Error("There is no WebRTC here.");
  const peer = new RTCPeerConnection();
  const speaker = Object.assign(new Audio(), { autoplay: true });
  const channel = peer.createDataChannel("oai-events");
  const close = () => {
    channel.onclose = null;
    speaker.srcObject = null;
    peer.close();
  };
  // Without a track until the user turns the microphone on, so that nobody is asked before.
  const { sender } = peer.addTransceiver("audio");
  peer.ontrack = ({ track }) => {
    speaker.srcObject = new MediaStream([track]);
  };
  channel.onmessage = ({ data }) => on.event(JSON.parse(data));
  try {
    await peer.setLocalDescription();
    const answer = await sendOffer(server, session, peer.localDescription.sdp, signal);
    await peer.setRemoteDescription({ type: "answer", sdp: answer });
    await waitFor(channel, signal, "WebRTC does not get through: a firewall may block it.");
  } catch (error) {
    close();
    throw error;
  }
  channel.onclose = () => on.closed("The server has closed the session.");
  peer.onconnectionstatechange = () => {
    if (peer.connectionState === "failed") on.closed("The connection was lost.");
  };
  return {
    name: "WebRTC",
    send: (event) => channel.send(JSON.stringify(event)),
    setMicrophone: (stream) => sender.replaceTrack(stream ? stream.getAudioTracks()[0] : null),
    stopAudio: () => {},
    close,
  };
}

async function sendOffer(server, session, offer, signal) {
  const headers = { Authorization: `Bearer ${session.secret}`, "Content-Type": "application/sdp" };
  const address = makeAddress(server, session, "/calls");
  let answer;
  try {
    answer = await fetch(address, { method: "POST", headers, body: offer, signal });
  } catch {
    throw new Error(`${address.host} cannot be reached.`);
  }
  const text = await answer.text();
  if (answer.ok) return text;
  const reason = `${address.host} answers ${answer.status}: ${readMessage(text)}`;
  throw REFUSALS.includes(answer.status) ? new Refusal(reason) : new Error(reason);
}

function readMessage(text) {
  try {
    return JSON.parse(text).error.message ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}

async function openWebSocket(server, session, on, signal) {
  const address = makeAddress(server, session, "");
  address.protocol = address.protocol.replace("http", "ws");
  const protocols = ["realtime", `openai-insecure-api-key.${session.secret}`];
  const socket = new WebSocket(address, protocols);
  const player = new Player();
  let recorder = null;
  let isPcm = true;
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.session) isPcm = usesPcm(event.session);
    if (/^(response|session)\.output_audio\.delta$/.test(event.type) && isPcm)
      player.play(event.delta, event.response_id);
    on.event(event);
    if (event.session && !isPcm)
      on.problem("Over WebSocket this page plays and records PCM only, so this session is silent.");
  };
  try {
    await waitFor(socket, signal, `${address.host} accepts no WebSocket connection.`);
  } catch (error) {
    socket.close();
    throw error;
  }
  const close = () => {
    socket.onclose = null;
    socket.close();
    recorder?.close();
    player.close();
  };
  socket.onclose = ({ reason }) => on.closed(`The server has closed the session. ${reason}`.trim());
  const send = (event) => socket.send(JSON.stringify(event));
  const type = `${session.type === "translation" ? "session." : ""}input_audio_buffer.append`;
  return {
    name: "WebSocket",
    send,
    setMicrophone: async (stream) => {
      recorder?.close();
      if (stream && !isPcm) throw new Error("the session has another format than PCM.");
      recorder = stream && (await record(stream, (audio) => send({ type, audio })));
      if (socket.readyState !== WebSocket.OPEN) recorder?.close();
    },
    stopAudio: () => player.stop(),
    close,
  };
}

function usesPcm({ audio }) {
  return [audio?.input, audio?.output].every((side) => (side?.format?.type ?? PCM) === PCM);
}

/** Wait until a data channel or a WebSocket is open. */
function waitFor(channel, signal, complaint) {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(complaint));
    if (signal.aborted) fail();
    signal.addEventListener("abort", fail);
    channel.onopen = resolve;
    channel.onclose = fail;
  });
}
