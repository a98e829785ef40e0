// Ports of the loopback interface, as the programs use them.
import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';

/** `card_protocol::bridge::PORTS`. */
const BRIDGE_PORTS = [43117, 43118, 43119, 43120];

/** Whether somebody listens. */
export async function isOpen(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A page finds any bridge of this machine, also one that is no test's. */
export async function expectNoOtherBridge(): Promise<void> {
  for (const port of BRIDGE_PORTS) {
    if (await isOpen(port)) {
      throw new Error(`another card-bridge is running (port ${port}); stop it first`);
    }
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
