// Opens a session over WebRTC or, where that is not possible, over WebSocket. A connection has
// `name`, `send(event)`, `setMicrophone(stream or null)`, `stopAudio()`, `hush()` where the server
// stops the answer because the user speaks, and `close()`.
// `on.event(event)` gets each event of the server, `on.closed(reason)` the end of the session.

const OPENING_TIME = 10_000; // ms

/** The server refuses the session, so that another way to connect does not help. */
class Refusal extends Error {}

async function openSession(server, session, on) {
  const reasons = [];
  for (const open of [openWebRtc, openWebSocket]) {
    try {
      return await open(server, session, on);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      reasons.push(error.message);
    }
  }
  throw new Error(reasons.join(" "));
}

function findAddress(server, session, path) {
  const kind = session.type === "translation" ? "/realtime/translations" : "/realtime";
  const address = new URL(server.url + kind + path);
  // The model of a transcription session is not the one of the connection.
  if (session.type === "transcription") address.searchParams.set("intent", "transcription");
  else if (session.model) address.searchParams.set("model", session.model);
  return address;
}

async function openWebRtc(server, session, on) {
  if (!globalThis.RTCPeerConnection) throw new Error("There is no WebRTC here.");
  const peer = new RTCPeerConnection();
  const speaker = Object.assign(new Audio(), { autoplay: true });
  const close = () => {
    speaker.srcObject = null;
    peer.close();
  };
  try {
    // Without a track until the user turns the microphone on, so that nobody is asked before.
    const { sender } = peer.addTransceiver("audio");
    peer.ontrack = ({ track }) => {
      speaker.srcObject = new MediaStream([track]);
    };
    const channel = peer.createDataChannel("oai-events");
    channel.onmessage = ({ data }) => on.event(JSON.parse(data));
    await peer.setLocalDescription();
    const answer = await exchangeDescriptions(server, session, peer.localDescription.sdp);
    await peer.setRemoteDescription({ type: "answer", sdp: answer });
    await waitFor((open, fail) => {
      channel.onopen = open;
      channel.onclose = () => fail(new Error("WebRTC was closed."));
    }, "WebRTC does not get through: a firewall may block it.");
    channel.onclose = () => on.closed("The server has closed the session.");
    return {
      name: "WebRTC",
      send: (event) => channel.send(JSON.stringify(event)),
      setMicrophone: (stream) => sender.replaceTrack(stream ? stream.getAudioTracks()[0] : null),
      stopAudio: () => channel.send(JSON.stringify({ type: "output_audio_buffer.clear" })),
      hush: () => {}, // the server plays the sound, so it stops it as well
      close: () => {
        channel.onclose = null;
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function exchangeDescriptions(server, session, offer) {
  const headers = { Authorization: `Bearer ${session.secret}`, "Content-Type": "application/sdp" };
  const address = findAddress(server, session, server.beta ? "" : "/calls");
  let answer;
  try {
    answer = await fetch(address, { method: "POST", headers, body: offer });
  } catch {
    throw new Error(`${address.host} cannot be reached.`);
  }
  const text = await answer.text();
  if (answer.ok) return text;
  const reason = `${address.host} answers ${answer.status}: ${findMessage(text)}`;
  // A compatible server may have no WebRTC.
  throw [404, 405, 501].includes(answer.status) ? new Error(reason) : new Refusal(reason);
}

function findMessage(text) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return text.slice(0, 200);
  }
}

async function openWebSocket(server, session, on) {
  const address = findAddress(server, session, "");
  address.protocol = address.protocol.replace("http", "ws");
  const protocols = ["realtime", `openai-insecure-api-key.${session.secret}`];
  if (server.beta) protocols.push("openai-beta.realtime-v1");
  const socket = new WebSocket(address, protocols);
  const player = new Player();
  let recorder = null;
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (/^(response|session)\.(output_)?audio\.delta$/.test(event.type)) player.play(event.delta);
    on.event(event);
  };
  try {
    await waitFor((open, fail) => {
      socket.onopen = open;
      socket.onclose = () => fail(new Error(`${address.host} accepts no WebSocket connection.`));
    }, `${address.host} does not answer over WebSocket.`);
  } catch (error) {
    socket.close();
    throw error;
  }
  const send = (event) => socket.send(JSON.stringify(event));
  const close = () => {
    recorder?.close();
    player.close();
  };
  socket.onclose = ({ reason }) => {
    close();
    on.closed(`The server has closed the session. ${reason}`.trim());
  };
  return {
    name: "WebSocket",
    send,
    setMicrophone: async (stream) => {
      recorder?.close();
      const append = (audio) => send({ type: "input_audio_buffer.append", audio });
      recorder = stream && (await record(stream, append));
    },
    stopAudio: () => player.stop(),
    hush: () => player.stop(),
    close: () => {
      socket.onclose = null;
      socket.close();
      close();
    },
  };
}

function waitFor(start, complaint) {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(complaint)), OPENING_TIME);
    start(resolve, reject);
  });
}
