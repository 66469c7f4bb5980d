// stack.mjs - a whole installation for a test: a database of its own, the
// programs under pulse-pools, broker, bridge, and a web server, on free ports.
import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { sleep, until } from './tap.mjs';
import { programs } from './programs.mjs';

const top = process.env.PULSE_TOP, build = process.env.PULSE_BUILD, shared = process.env.PULSE_TEST_PG;
const pgbin = '/usr/lib/postgresql/15/bin';
const root = process.getuid() === 0;
export const SECRET = '0123456789abcdef0123456789abcdef';

// Below the range that outgoing connections are given, or one of those may have
// it before the server does.
const freePort = () => new Promise((ok) => {
  const port = 12000 + Math.floor(Math.random() * 20000);
  const s = net.createServer().on('error', () => ok(freePort())).listen(port, '127.0.0.1', () => s.close(() => ok(port)));
});

const psql = (pg, db, args, input) => execFileSync('psql', ['-h', pg, '-U', 'pulse', '-d', db, '-Atq', '-v', 'ON_ERROR_STOP=1', ...args],
  { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }).trim();

export class Stack {
  // options: settings {NAME: value}, web 'lighttpd' | 'wstunnel' | 'apache', tls, pools (text),
  // cluster: a PostgreSQL of its own, that may be killed,
  // emptyProgram: bench/empty.c at /empty
  static async start(options = {}) {
    const s = new Stack();
    s.options = { web: 'lighttpd', settings: {}, ...options };
    s.dir = fs.mkdtempSync(path.join(process.env.PULSE_TEST_SCRATCH, 'stack-'));
    s.db = 'pulse_' + path.basename(s.dir).toLowerCase().replace(/\W/g, '_');
    s.children = new Map();
    s.agent = new (s.options.tls ? https : http).Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false });
    s.pg = s.options.cluster ? await s.ownCluster() : shared;
    psql(s.pg, 'postgres', ['-c', `CREATE DATABASE ${s.db} TEMPLATE pulse_template OWNER pulse_owner`]);
    s.ports = { http: await freePort(), https: await freePort(), mqtt: await freePort(), ws: await freePort(), authorizer: await freePort() };
    s.scheme = s.options.tls ? 'https' : 'http';
    s.url = `${s.scheme}://127.0.0.1:${s.options.tls ? s.ports.https : s.ports.http}`;
    s.configure();
    s.sql("SELECT keep_partitions('30 days')");
    process.on('exit', () => s.killAll());
    for (const name of ['mosquitto', 'pools', 'bridge', 'web']) await s.launch(name);
    await until('the web server answers', () => s.get('/api/v1/activity').then((r) => r.status === 401, () => false));
    return s;
  }

  async ownCluster() {
    const pg = this.dir + '/pg';
    execFileSync(pgbin + '/initdb', ['-D', pg, '-U', 'pulse', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'], { stdio: 'ignore' });
    this.pg = this.dir;
    this.startCluster();
    execFileSync(top + '/tests/lib/make-template', [], { env: { ...process.env, PULSE_TEST_PG: this.dir }, stdio: 'ignore' });
    return this.dir;
  }

  startCluster() {
    execFileSync(pgbin + '/pg_ctl', ['-w', '-t', '30', '-D', this.dir + '/pg', '-l', this.dir + '/pg.log', '-o', `-c listen_addresses= -c unix_socket_directories=${this.dir} -c max_connections=200`, 'start'], { stdio: 'ignore' });
  }

  stopCluster(mode = 'fast') { execFileSync(pgbin + '/pg_ctl', ['-w', '-D', this.dir + '/pg', '-m', mode, 'stop'], { stdio: 'ignore' }); }
  postmaster() { return Number(fs.readFileSync(this.dir + '/pg/postmaster.pid', 'utf8').split('\n')[0]); }

  // The processes of a program of the pools.
  workers(name) {
    const pools = this.children.get('pools').pid;
    return fs.readFileSync(`/proc/${pools}/task/${pools}/children`, 'utf8').trim().split(' ').map(Number)
      .filter((pid) => { try { return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] === name; } catch { return false; } });
  }

  configure() {
    const { dir, ports, pg } = this;
    const settings = {
      DATABASE_URL: `postgresql:///${this.db}?host=${pg}`,
      DATABASE_ADMIN_URL: `postgresql://pulse_owner@/${this.db}?host=${pg}`,
      PULSE_STATE_DIR: dir, PULSE_SQL_DIR: top + '/sql', FRONTEND_URL: this.url,
      MQTT_URL: this.options.web === 'wstunnel' ? `unix:${dir}/mosquitto.sock` : `mqtt://127.0.0.1:${ports.mqtt}`,
      JWT_SECRET: 'jwt-' + SECRET, PASSWORD_PEPPER: 'pepper-' + SECRET, ENCRYPTION_KEY: SECRET + SECRET,
      BRIDGE_KEY: 'bridge-' + SECRET, GITHUB_WEBHOOK_SECRET: SECRET, PASSWORD_COST: 4,
      // Raised for tests in bulk; tests/api/limits.t holds the defaults.
      RATE_LIMIT_API: 1000000, RATE_LIMIT_AUTH: 1000000, RATE_LIMIT_WEBHOOKS: 1000000, RATE_LIMIT_LIVE: 1000000,
      RATE_LIMIT_LOGIN: 1000000, RATE_LIMIT_DEVICE: 1000000, RATE_LIMIT_ACCOUNT: 1000000,
      ...this.options.settings };
    fs.writeFileSync(dir + '/pulse.conf', Object.entries(settings).map(([k, v]) => `${k}=${v}\n`).join(''));
    this.env = { ...process.env, PULSE_CONF: dir + '/pulse.conf', LOG_LEVEL: this.options.logLevel || 'warning' };
    // Programs where the configuration expects them.
    fs.mkdirSync(dir + '/libexec/cgi-bin', { recursive: true });
    for (const p of programs.filter((x) => x !== 'health')) fs.symlinkSync(`${build}/${p}`, `${dir}/libexec/${p}`);
    fs.copyFileSync(build + '/health', dir + '/libexec/cgi-bin/health');
    this.ctl('broker-keys', dir + '/broker.keys');
    fs.chmodSync(dir + '/broker.keys', 0o644);
    fs.chmodSync(dir, 0o755);
    this.write(this.options.web === 'wstunnel' ? 'mosquitto-wstunnel.conf' : 'mosquitto.conf', (t) => t
      .replace(/listener 1883/, 'listener ' + ports.mqtt).replace(/listener 9001/, 'listener ' + ports.ws)
      .replaceAll('/usr/lib/pulse/', (process.env.PULSE_PLUGIN_DIR || build + '/.libs') + '/')
      .replaceAll('/etc/pulse', dir).replaceAll('/run/pulse', dir) + (root ? '\nuser root\n' : ''), 'mosquitto.conf');
    let pools = this.options.pools || fs.readFileSync(top + '/httpd-conf/pools.conf', 'utf8');
    if (this.options.emptyProgram) {
      fs.symlinkSync(build + '/bench_empty', dir + '/libexec/bench_empty');
      pools += 'bench_empty 2 4\n';
    }
    fs.writeFileSync(dir + '/pools.conf', this.options.web === 'apache'
      ? pools.replace(/^authorizer.*$/m, '').replace(/^#(authorizer.*:)8091/m, '$1' + ports.authorizer) : pools);
    if (this.options.tls)
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1',
        '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', dir + '/key.pem', '-out', dir + '/cert.pem'], { stdio: 'ignore' });
    if (this.options.tls) fs.writeFileSync(dir + '/tls.pem', fs.readFileSync(dir + '/cert.pem', 'utf8') + fs.readFileSync(dir + '/key.pem', 'utf8'));
    if (this.options.web === 'apache') this.configureApache(); else this.configureLighttpd();
  }

  // A shipped configuration with this test's places in it.
  write(name, change, as = name) {
    fs.writeFileSync(`${this.dir}/${as}`, change(fs.readFileSync(`${top}/httpd-conf/${name}`, 'utf8')));
  }

  configureLighttpd() {
    const { dir, ports } = this;
    const htdocs = this.options.htdocs || top + '/htdocs';
    for (const f of ['lighttpd-pulse.conf', 'lighttpd-listener.conf', 'lighttpd-wstunnel.conf']) this.write(f, (t) => t);
    const vars = (t) => t.replace(/(var\.pulse_state +=).*/, `$1 "${dir}"`).replace(/(var\.pulse_htdocs +=).*/, `$1 "${htdocs}"`)
      .replace(/(var\.pulse_libexec +=).*/, `$1 "${dir}/libexec"`).replace(/(var\.pulse_mqtt +=).*/, `$1 ${ports.ws}`)
      .replace(/(var\.pulse_conf +=).*/, `$1 "${dir}/pulse.conf"`).replace(/(var\.pulse_tls_pem +=).*/, `$1 "${dir}/tls.pem"`);
    let conf = `var.pulse_broker_socket = "${dir}/mosquitto.sock"\n` + 'var.pulse_state =\nvar.pulse_htdocs =\nvar.pulse_libexec =\nvar.pulse_mqtt =\nvar.pulse_conf =\n'
      + `server.port = ${ports.http}\ninclude "lighttpd-pulse.conf"\ninclude "lighttpd-${this.options.web === 'wstunnel' ? 'wstunnel' : 'listener'}.conf"\nserver.max-keep-alive-requests = 1000000\n`;
    if (this.options.tls)
      conf = fs.readFileSync(top + '/httpd-conf/lighttpd.conf', 'utf8').replace('server.port = 80\n', `server.port = ${ports.http}\n`)
        .replace(/server\.(username|groupname).*\n/g, '').replace('":443"', `"127.0.0.1:${ports.https}"`);
    if (this.options.emptyProgram) conf += `fastcgi.server += ( "/empty" => (( "socket" => "${dir}/bench_empty.sock", "check-local" => "disable" )) )\n`;
    conf = vars(conf).replace(/server\.errorlog.*\n/, '') + `server.bind = "127.0.0.1"\nserver.errorlog = "${dir}/web.err"\n`;
    fs.writeFileSync(dir + '/web.conf', conf);
  }

  configureApache() {
    const { dir, ports } = this;
    const modules = '/usr/lib/apache2/modules';
    const defines = { PULSE_STATE: dir, PULSE_HTDOCS: this.options.htdocs || top + '/htdocs', PULSE_LIBEXEC: dir + '/libexec', PULSE_MQTT: ports.ws,
      PULSE_AUTHORIZER: ports.authorizer, PULSE_CONF_FILE: dir + '/pulse.conf', PULSE_TLS_PEM: dir + '/tls.pem', PULSE_MODULES: modules };
    for (const f of ['apache-pulse.conf', 'apache-modules.conf']) this.write(f, (t) => t);
    let conf = fs.readFileSync(top + '/httpd-conf/apache.conf', 'utf8');
    for (const [k, v] of Object.entries(defines)) conf = conf.replace(new RegExp(`^Define ${k} .*`, 'm'), `Define ${k} ${v}`);
    conf = conf.replace('Listen 80\n', `Listen 127.0.0.1:${ports.http}\n`).replace('Listen 443\n', this.options.tls ? `Listen 127.0.0.1:${ports.https}\n` : '')
      .replace(/^ErrorLog .*/m, `ErrorLog ${dir}/web.err`).replace(/^PidFile .*/m, `PidFile ${dir}/apache.pid\nScriptSock ${dir}/cgid.sock\nDefaultRuntimeDir ${dir}`)
      .replace('*:80', `*:${ports.http}`).replace('*:443', `*:${ports.https}`);
    if (!root) conf = conf.replace(/^(User|Group) .*\n/gm, '');
    // Without TLS the plain host serves: only loopback may.
    if (!this.options.tls)
      conf = conf.replace(/<VirtualHost[^]*$/, 'Include apache-pulse.conf\n');
    fs.writeFileSync(dir + '/web.conf', conf);
    if (root) fs.chmodSync(dir, 0o777);
  }

  command(name) {
    const { dir } = this;
    return { mosquitto: ['/usr/sbin/mosquitto', '-c', dir + '/mosquitto.conf'],
      pools: [build + '/pulse-pools', dir + '/pools.conf', dir + '/libexec'],
      bridge: [build + '/pulse-bridge'],
      web: this.options.web === 'apache' ? ['/usr/sbin/apache2', '-d', dir, '-f', dir + '/web.conf', '-DFOREGROUND']
        : ['/usr/sbin/lighttpd', '-D', '-f', dir + '/web.conf'] }[name];
  }

  async launch(name) {
    const [program, ...args] = this.command(name);
    const log = fs.openSync(`${this.dir}/${name}.log`, 'a');
    const child = spawn(program, args, { env: this.env, cwd: this.dir, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    this.children.set(name, child);
    child.on('exit', () => { child.ended = true; });
    if (name === 'mosquitto') await until('the broker listens', () => this.listens());
    if (name === 'pools') await until('the sockets are there', () => fs.existsSync(this.dir + '/webhooks.sock'));
  }

  listens() {
    const where = this.options.web === 'wstunnel' ? { path: this.dir + '/mosquitto.sock' } : { port: this.ports.ws, host: '127.0.0.1' };
    return new Promise((ok) => { const c = net.connect(where, () => { c.destroy(); ok(true); }); c.on('error', () => ok(false)); });
  }

  // Everything that was changed has reached the broker, and its tick has passed.
  async settled() {
    await until('the outbox is empty', () => this.sql('SELECT NOT EXISTS (SELECT FROM outbox) AND coalesce((SELECT max(pos) FROM room_event), 0) <= (SELECT pos FROM bridge_mark)') === 't');
    await sleep(2100);
  }

  kill(name, signal = 'SIGTERM') {
    const child = this.children.get(name);
    child.kill(signal);
    return until(name + ' ends', () => child.ended);
  }

  async restart(name, signal) { await this.kill(name, signal); await this.launch(name); }
  killAll() { for (const c of this.children.values()) if (!c.ended) c.kill('SIGKILL'); }

  async stop() {
    for (const name of ['web', 'pools', 'bridge', 'mosquitto']) if (!this.children.get(name).ended) await this.kill(name);
    this.agent.destroy();
    await sleep(50);
    if (this.options.cluster) this.stopCluster();
    else psql(this.pg, 'postgres', ['-c', `DROP DATABASE ${this.db} WITH (FORCE)`]);
    if (!process.env.PULSE_KEEP) fs.rmSync(this.dir, { recursive: true, force: true });
  }

  log(name) { try { return fs.readFileSync(`${this.dir}/${name}.log`, 'utf8'); } catch { return ''; } }
  ctl(...args) { return execFileSync(build + '/pulsectl', args, { env: this.env, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] }); }
  ctlWith(input, ...args) { return execFileSync(build + '/pulsectl', args, { env: this.env, encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'inherit'] }); }
  sql(text) { return psql(this.pg, this.db, [], 'SET search_path = pulse;\n' + text + ';\n'); }
  sqlAs(role, text) {
    return execFileSync('psql', ['-h', this.pg, '-U', 'pulse_' + role, '-d', this.db, '-Atq', '-v', 'ON_ERROR_STOP=1', '-c', 'SET search_path = pulse', '-c', text],
      { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }).trim();
  }

  request(method, url, { headers = {}, body, agent = this.agent, timeout = 30000 } = {}) {
    return new Promise((ok, no) => {
      const whole = url.startsWith('http') ? url : this.url + url;
      const same = whole.startsWith(this.url);
      const req = (whole.startsWith('https:') ? https : http).request(whole, { method, timeout, rejectUnauthorized: false, ...(same ? { agent } : {}),
        headers: body === undefined ? headers : { 'content-length': Buffer.byteLength(body), ...headers } }, (res) => {
        const parts = [];
        res.on('data', (d) => parts.push(d));
        res.on('error', no);
        res.on('end', () => {
          const raw = Buffer.concat(parts);
          let json; try { json = JSON.parse(raw); } catch { /* not JSON */ }
          ok({ status: res.statusCode, headers: res.headers, raw, json });
        });
      });
      // The server may give an idle connection up while we send on it.
      req.on('error', (e) => req.reusedSocket && e.code === 'ECONNRESET' ? ok(this.request(method, url, { headers, body, agent, timeout })) : no(e));
      req.on('timeout', () => req.destroy(new Error('no answer')));
      req.end(body);
    });
  }

  get(url, token) { return this.request('GET', url, { headers: token ? { authorization: 'Bearer ' + token } : {} }); }
  post(url, json, token, headers = {}) {
    return this.request('POST', url, { body: JSON.stringify(json ?? {}), headers: { 'content-type': 'application/json', ...(token ? { authorization: 'Bearer ' + token } : {}), ...headers } });
  }

  // A webhook delivery, rightly signed unless told otherwise.
  deliver(event, body, { id = randomUUID(), secret = SECRET, door = '', headers = {}, ...rest } = {}) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return this.request('POST', '/api/v1/webhooks/github' + door, { body: bytes, ...rest, headers: { 'content-type': 'application/json',
      'x-github-event': event, 'x-github-delivery': id, 'x-hub-signature-256': 'sha256=' + createHmac('sha256', secret).update(bytes).digest('hex'), ...headers } });
  }

  // An organisation with a team that has a user; returns his login.
  person(org, role, team) {
    const email = `${role}${team ? '-' + team : ''}@${org}.test`;
    const has = (q) => this.sql(q) === '1';
    if (!has(`SELECT 1 FROM organisation WHERE slug = '${org}'`)) this.ctl('create-org', org, '--name', org);
    this.ctlWith('password of ' + email + '\n', 'create-user', email, '--org', org, '--name', email, '--role', role, '--password-stdin');
    if (team) {
      if (!has(`SELECT 1 FROM team WHERE slug = '${team}' AND org_id = (SELECT id FROM organisation WHERE slug = '${org}')`)) this.ctl('create-team', team, '--org', org, '--name', team);
      this.ctl('join-team', email, '--org', org, '--team', team);
    }
    return { email, password: 'password of ' + email };
  }

  async login(who) {
    const r = await this.post('/api/v1/auth/login', { email: who.email, password: who.password });
    if (r.status !== 200) throw new Error('login: ' + r.raw);
    return r.json.accessToken;
  }
}

// Run `work` over `items`, so many at a time.
export async function pool(items, width, work) {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, async () => {
    while (next < items.length) { const i = next++; await work(items[i], i); }
  }));
}
