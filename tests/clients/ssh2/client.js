// A client of ssh2 (npm); ../README.md is its contract.
'use strict';

const { once } = require('node:events');
const fs = require('node:fs');
const readline = require('node:readline');
const { promisify } = require('node:util');
const { Client } = require('ssh2');
const supported = require('ssh2/lib/protocol/constants.js');

const FAMILIES = {
  kex: supported.SUPPORTED_KEX,
  cipher: supported.SUPPORTED_CIPHER,
  mac: supported.SUPPORTED_MAC,
  hostkey: supported.SUPPORTED_SERVER_HOST_KEY,
};

// A name of the contract for a family, and ssh2's.
const PINS = { kex: 'kex', cipher: 'cipher', mac: 'hmac', hostkey: 'serverHostKey' };

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [request, ...words] = line.trim().split(/\s+/);
    try {
      console.log(['ok', ...(await serve(request, words))].join(' '));
    } catch (error) {
      console.log(`failed ${error.message.replaceAll('\n', ' ')}`);
    }
  }
}

async function serve(request, words) {
  if (request === 'offers') {
    const [family, ...names] = words;
    return names.filter((name) => FAMILIES[family].includes(name));
  }
  if (request === 'session') return session(words.map(pair));
  throw new Error(`no request ${request}`);
}

function pair(word) {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

async function session(pairs) {
  const options = Object.fromEntries(pairs);
  const client = new Client();
  // Every question gets the same answer: there is one secret.
  client.on('keyboard-interactive', (_name, _instructions, _lang, prompts, finish) =>
    finish(prompts.map(() => options.password)));
  const ready = once(client, 'ready');
  client.connect(configure(options));
  await ready;
  const failed = new Promise((_, reject) => client.once('error', reject));
  try {
    return await Promise.race([steps(client, pairs, options.rekey), failed]);
  } finally {
    failed.catch(() => {});
    client.end();
  }
}

function configure(options) {
  const algorithms = {};
  for (const [key, theirs] of Object.entries(PINS)) {
    if (options[key]) algorithms[theirs] = [options[key]];
  }
  const config = {
    host: '127.0.0.1',
    port: Number(options.port),
    username: options.user,
    authHandler: options.auth.split('+'),
    tryKeyboard: options.auth.includes('keyboard-interactive'),
    algorithms,
    readyTimeout: 30000,
  };
  if (options.password) config.password = options.password;
  if (options.key) config.privateKey = fs.readFileSync(options.key);
  return config;
}

async function steps(client, pairs, rekey) {
  const sftp = await promisify(client.sftp.bind(client))();
  const call = (method, ...args) => promisify(sftp[method].bind(sftp))(...args);
  const listed = [];
  for (const [key, value] of pairs) {
    if (!['put', 'get', 'list', 'rename', 'remove'].includes(key)) continue;
    // A client has no public call for it; the next step runs while keys change.
    if (rekey) client._protocol.rekey();
    const [first, second] = value.split(':');
    if (key === 'put') await call('fastPut', first, second);
    if (key === 'get') await call('fastGet', first, second);
    if (key === 'list') listed.push(...(await call('readdir', value)).map((entry) => entry.filename));
    if (key === 'rename') await call('rename', first, second);
    if (key === 'remove') await call('unlink', value);
  }
  return listed;
}

main();
