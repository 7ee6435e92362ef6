// SPDX-License-Identifier: MIT
// The clients under test, in Node and in a page. Each one connects with the secret of a task, passes the
// server's events to `hear` and errors to `fail`, and returns functions that send a text and disconnect.

async function openai({ url, model, secret }, hear, fail) {
  const inPage = "document" in globalThis;
  const { OpenAI } = await import("openai");
  const { OpenAIRealtimeWS, OpenAIRealtimeWebSocket } = await import(`openai/realtime/${inPage ? "websocket" : "ws"}`);
  const Connection = inPage ? OpenAIRealtimeWebSocket : OpenAIRealtimeWS;
  const client = new OpenAI({ baseURL: url, apiKey: secret, dangerouslyAllowBrowser: true });
  const connection = new Connection({ model }, client);
  connection.on("event", hear);
  connection.on("error", fail);
  await new Promise((open) => connection.socket.addEventListener("open", open));
  const sendText = (text) => {
    const item = { type: "message", role: "user", content: [{ type: "input_text", text }] };
    connection.send({ type: "conversation.item.create", item });
    connection.send({ type: "response.create", response: { output_modalities: ["text"] } });
  };
  return { sendText, disconnect: () => connection.close() };
}

async function agents(transport, url, { model, secret }, hear, fail) {
  const { RealtimeAgent, RealtimeSession } = await import("@openai/agents-realtime");
  // Without these, the package replaces settings of the session by its own.
  const providerData = { instructions: undefined, output_modalities: undefined, audio: undefined };
  const options = { transport, model, config: { providerData } };
  const session = new RealtimeSession(new RealtimeAgent({ name: "agent" }), options);
  session.transport.on("*", hear);
  session.on("error", fail);
  await session.connect({ apiKey: secret, url, model });
  return { sendText: (text) => session.sendMessage(text), disconnect: () => session.close() };
}

const CLIENTS = {
  openai,
  "agents websocket": (task, hear, fail) =>
    agents("websocket", `${task.url.replace("http", "ws")}/realtime?model=${task.model}`, task, hear, fail),
  "agents webrtc": (task, hear, fail) => agents("webrtc", `${task.url}/realtime/calls`, task, hear, fail),
};

// Runs a task {client, url, model, secret, text}. Returns {events, error}: the server's events until the
// response that repeats the text is done, and the message of an error that ended the run earlier.
export async function run(task) {
  const events = [];
  let client;
  const error = await new Promise((end) => {
    const hear = (event) => {
      events.push(event);
      // Another response can be one to the sound of the microphone.
      if (event.type === "response.done" && JSON.stringify(event).includes(task.text)) end(null);
    };
    const fail = (reason) => {
      // Some errors are wrapped in events, which are wrapped in events.
      while (reason.error) reason = reason.error;
      end(reason.message ?? String(reason));
    };
    const start = (connected) => {
      client = connected;
      client.sendText(task.text);
    };
    CLIENTS[task.client](task, hear, fail).then(start).catch(fail);
  });
  client?.disconnect();
  return { events, error };
}
