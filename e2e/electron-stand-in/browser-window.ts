/**
 * `BrowserWindow` and its `webContents`: a page of a real Chromium, with the preload in a world of its own.
 */
import type Electron from 'electron';
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { Script } from 'node:vm';
import type { BrowserContext, CDPSession, Page, Route } from 'playwright';
import { emitPreventable, Emitter } from './emitter';
import type { Sender } from './ipc-main';
import { modelled, modelledClass } from './modelled';
import type { FromPreload, ToPreload } from './page/preload-world';
import type { Schemes } from './protocol';
import { toWire } from './wire';

type WindowOpenHandler = Parameters<Electron.WebContents['setWindowOpenHandler']>[0];

type ModelledContents = Pick<
  Electron.WebContents,
  'getURL' | 'isDestroyed' | 'isCrashed' | 'send' | 'reload' | 'setWindowOpenHandler' | 'id'
>;
type ModelledWindow = Pick<
  Electron.BrowserWindow,
  | 'loadURL'
  | 'show'
  | 'hide'
  | 'close'
  | 'destroy'
  | 'focus'
  | 'isFocused'
  | 'isVisible'
  | 'isDestroyed'
  | 'minimize'
  | 'isMinimized'
  | 'restore'
  | 'maximize'
  | 'isMaximized'
  | 'getBounds'
  | 'getNormalBounds'
  | 'setBounds'
  | 'setBackgroundColor'
>;

const worldName = 'electron stand-in preload';

export interface WindowHost {
  readonly app: NodeJS.EventEmitter & { quit(): void };
  readonly context: BrowserContext;
  readonly schemes: Schemes;
  readonly invoke: (from: Sender, channel: string, args: string) => Promise<string>;
  /** Texts of page/page-world.ts and page/preload-world.ts, bundled. */
  readonly worlds: { readonly page: string; readonly preload: string };
  /** Ends the run: the stand-in met what it cannot model. */
  readonly fail: (error: unknown) => void;
}

/** Options whose effect is modelled, or that have none that a page could tell. */
const windowOptions = [
  'x',
  'y',
  'width',
  'height',
  'minWidth',
  'minHeight',
  'title',
  'icon',
  'show',
  'backgroundColor',
  'autoHideMenuBar',
  'webPreferences',
];
const preferences = ['preload', 'sandbox', 'contextIsolation', 'nodeIntegration', 'webviewTag', 'spellcheck'];

function checkOptions(options: Electron.BrowserWindowConstructorOptions): void {
  const { webPreferences = {} } = options;
  const unknown = [
    ...Object.keys(options).filter((key) => !windowOptions.includes(key)),
    ...Object.keys(webPreferences).filter((key) => !preferences.includes(key)),
  ];
  if (unknown.length > 0) throw new Error(`electron stand-in: window options not modelled: ${unknown.join(', ')}`);
  const { sandbox = true, contextIsolation = true, nodeIntegration = false, webviewTag = false } = webPreferences;
  if (!sandbox || !contextIsolation || nodeIntegration || webviewTag)
    throw new Error('electron stand-in: only sandboxed, isolated pages without node are modelled');
}

export function createWindows(host: WindowHost) {
  const windows: BrowserWindowStandIn[] = [];

  class WebContentsStandIn extends Emitter implements ModelledContents {
    readonly id: number;
    readonly mainFrame: { readonly url: string };
    /** This, as the app knows it. */
    _seen: unknown = this;
    private readonly _page: Promise<Page>;
    private _cdp: CDPSession | undefined;
    private _url = '';
    private _crashed = false;
    private _destroyed = false;
    private _closed: Promise<void> | undefined;
    private _preloadContext: number | undefined;
    /** A navigation that the app itself asked for: it is not asked whether it may. */
    private _ownNavigation = false;
    private _openHandler: WindowOpenHandler = () => ({ action: 'deny' });

    constructor(id: number, preload: string | undefined, painted: () => void) {
      super('webContents', [
        'did-navigate',
        'did-finish-load',
        'will-frame-navigate',
        'will-navigate',
        'will-attach-webview',
        'render-process-gone',
        'preload-error',
        'destroyed',
      ]);
      this.id = id;
      const url = (): string => this._url;
      this.mainFrame = modelled('WebFrameMain', {
        get url() {
          return url();
        },
      });
      this._page = this._open(preload, painted);
      this._page.catch(host.fail);
    }

    private async _open(preload: string | undefined, painted: () => void): Promise<Page> {
      const page = await host.context.newPage();
      await page.route('**/*', (route) => this._answer(page, route).catch(host.fail));
      page.on('popup', (popup) => void popup.close().catch(() => undefined));
      page.on('crash', () => this._gone());
      page.on('load', () => this.emit('did-finish-load'));
      const cdp = await host.context.newCDPSession(page);
      this._cdp = cdp;
      const tree = await cdp.send('Page.getFrameTree');
      const mainFrameId = tree.frameTree.frame.id;
      cdp.on('Page.frameNavigated', ({ frame }) => {
        if (frame.parentId !== undefined) return;
        this._crashed = false;
        this._url = host.schemes.fromBrowser(frame.url + (frame.urlFragment ?? ''));
        this.emit('did-navigate', {}, this._url, 200, 'OK');
      });
      cdp.on('Page.navigatedWithinDocument', ({ url }) => {
        this._url = host.schemes.fromBrowser(url);
      });
      cdp.on('Page.windowOpen', ({ url }) => this._decideOn(url));
      cdp.on('Page.lifecycleEvent', ({ name, frameId }) => {
        if (name === 'firstPaint' && frameId === mainFrameId && this._url !== 'about:blank') painted();
      });
      cdp.on('Runtime.executionContextCreated', ({ context }) => {
        const { frameId } = (context.auxData ?? {}) as { frameId?: string };
        if (context.name === worldName && frameId === mainFrameId) this._preloadContext = context.id;
      });
      cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
        if (executionContextId === this._preloadContext) this._preloadContext = undefined;
      });
      cdp.on('Runtime.bindingCalled', ({ name, payload }) => {
        if (name === 'standInToMain') this._fromPreload(JSON.parse(payload) as FromPreload, preload).catch(host.fail);
      });
      await cdp.send('Page.enable');
      await cdp.send('Page.setLifecycleEventsEnabled', { enabled: true });
      await cdp.send('Runtime.enable');
      await cdp.send('Runtime.addBinding', { name: 'standInToMain', executionContextName: worldName });
      if (preload !== undefined) await this._inject(cdp, preload);
      return page;
    }

    private async _inject(cdp: CDPSession, path: string): Promise<void> {
      const secret = `const standInSecret = ${JSON.stringify(randomUUID())};`;
      let code: string;
      try {
        code = readFileSync(path, 'utf8');
        new Script(`(function (require, process, module, exports) {${code}\n})`, { filename: path });
      } catch (error) {
        this.emit('preload-error', {}, path, error);
        return host.fail(error);
      }
      const preload = `const standInPreload = function (require, process, module, exports) {${code}\n};`;
      await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: `(() => {${secret}${host.worlds.page}})();` });
      await cdp.send('Page.addScriptToEvaluateOnNewDocument', {
        source: `(() => {${secret}${preload}${host.worlds.preload}})();`,
        worldName,
      });
    }

    private async _fromPreload(message: FromPreload, path = ''): Promise<void> {
      if (message.type === 'failed') {
        const error = Object.assign(new Error(message.message), { stack: message.stack });
        this.emit('preload-error', {}, path, error);
        return host.fail(error);
      }
      const from = { sender: this._seen, senderFrame: this.mainFrame } as unknown as Sender;
      const { id, channel, args } = message;
      const answer = await host.invoke(from, channel, args).then(
        (values): ToPreload => ({ type: 'result', id, ok: true, values }),
        (error: Error): ToPreload => ({ type: 'result', id, ok: false, values: toWire([error.message]) }),
      );
      this._toPreload(answer);
    }

    private _toPreload(message: ToPreload): void {
      if (this._preloadContext === undefined || this._cdp === undefined) return;
      const gone = (): void => undefined;
      void this._cdp
        .send('Runtime.evaluate', {
          contextId: this._preloadContext,
          expression: `standInReceive(${JSON.stringify(message)})`,
        })
        .then(({ exceptionDetails }) => {
          if (exceptionDetails !== undefined)
            host.fail(new Error(exceptionDetails.exception?.description ?? exceptionDetails.text));
        }, gone);
    }

    /** What the page loads: the app's own scheme is served by the app; nothing comes from a network. */
    private async _answer(page: Page, route: Route): Promise<void> {
      const request = route.request();
      const url = host.schemes.fromBrowser(request.url());
      if (request.isNavigationRequest()) {
        const isMainFrame = request.frame() === page.mainFrame();
        const own = isMainFrame && this._ownNavigation;
        if (isMainFrame) this._ownNavigation = false;
        if (!own && this._prevents(url, isMainFrame)) return route.abort('aborted');
      }
      const body = request.postDataBuffer();
      const answer = host.schemes.answer(
        new Request(url, {
          method: request.method(),
          headers: request.headers(),
          ...(body === null ? {} : { body: new Uint8Array(body) }),
        }),
      );
      if (answer === undefined) return route.abort('addressunreachable');
      const response = await answer;
      await route
        .fulfill({
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: Buffer.from(await response.arrayBuffer()),
        })
        // The page may have gone on meanwhile
        .catch(() => undefined);
    }

    private _prevents(url: string, isMainFrame: boolean): boolean {
      const details = { url, isMainFrame, isSameDocument: false, frame: this.mainFrame };
      if (emitPreventable(this, 'will-frame-navigate', details)) return true;
      return isMainFrame && emitPreventable(this, 'will-navigate', details, url);
    }

    private _decideOn(target: string): void {
      const url = host.schemes.fromBrowser(target);
      const referrer = { url: '', policy: 'default' } as const;
      const details = { url, frameName: '', features: '', disposition: 'foreground-tab', referrer } as const;
      const { action } = this._openHandler(details);
      // The popup that Chromium opens all the same is closed as soon as it is there
      if (action !== 'deny') host.fail(new Error('electron stand-in: only denied windows are modelled'));
    }

    private _gone(): void {
      this._crashed = true;
      this._preloadContext = undefined;
      this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
    }

    async _load(url: string): Promise<void> {
      const target = host.schemes.toBrowser(url);
      if (target === undefined) throw new Error(`ERR_UNKNOWN_URL_SCHEME (-302) loading '${url}'`);
      const page = await this._page;
      this._ownNavigation = true;
      await page.goto(target, { waitUntil: 'load' });
    }

    /** Does something as if another page were here. */
    _elsewhere<T>(url: string, act: () => T): T {
      const here = this._url;
      this._url = url;
      try {
        return act();
      } finally {
        this._url = here;
      }
    }

    /** However often it is asked, the answer is there when Chromium's page is gone: without the app, it asks the network. */
    _destroy(): Promise<void> {
      if (this._closed !== undefined) return this._closed;
      this._destroyed = true;
      this._closed = this._page.then((page) => page.close());
      this.emit('destroyed');
      return this._closed;
    }

    getURL(): string {
      return this._url;
    }
    isDestroyed(): boolean {
      return this._destroyed;
    }
    isCrashed(): boolean {
      return this._crashed;
    }
    send(channel: string, ...args: unknown[]): void {
      if (this._destroyed) throw new TypeError('Object has been destroyed');
      this._toPreload({ type: 'message', channel, args: toWire(args) });
    }
    reload(): void {
      this._ownNavigation = true;
      // One that is interrupted by the next is no failure of the app's
      void this._load(this._url).catch(() => undefined);
    }
    setWindowOpenHandler(handler: WindowOpenHandler): void {
      this._openHandler = handler;
    }
  }

  class BrowserWindowStandIn extends Emitter implements ModelledWindow {
    readonly webContents: WebContentsStandIn;
    readonly _options: Electron.BrowserWindowConstructorOptions;
    _backgroundColor: string;
    private _visible: boolean;
    private _focused = false;
    private _minimized = false;
    private _maximized = false;
    private _destroyed = false;
    private _painted = false;
    private _bounds: Electron.Rectangle;

    constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
      super('BrowserWindow', [
        'ready-to-show',
        'close',
        'closed',
        'resize',
        'move',
        'maximize',
        'unmaximize',
        'show',
        'hide',
        'focus',
      ]);
      checkOptions(options);
      this._options = options;
      this._visible = options.show ?? true;
      this._backgroundColor = options.backgroundColor ?? '#ffffff';
      this._bounds = {
        x: options.x ?? 0,
        y: options.y ?? 0,
        width: options.width ?? 800,
        height: options.height ?? 600,
      };
      this.webContents = modelled(
        'webContents',
        new WebContentsStandIn(windows.length + 1, options.webPreferences?.preload, () => this._paint()),
      );
      this.webContents._seen = this.webContents;
      windows.push(this);
      host.app.emit('web-contents-created', {}, this.webContents);
    }

    static getAllWindows(): BrowserWindowStandIn[] {
      return windows.filter((window) => !window._destroyed);
    }

    private _paint(): void {
      if (this._painted) return;
      this._painted = true;
      this.emit('ready-to-show');
    }

    loadURL(url: string): Promise<void> {
      return this.webContents._load(url);
    }
    show(): void {
      this._visible = true;
      this.emit('show');
      this.focus();
    }
    hide(): void {
      this._visible = false;
      this._focused = false;
      this.emit('hide');
    }
    focus(): void {
      this._focused = true;
      this.emit('focus');
    }
    isFocused(): boolean {
      return this._focused;
    }
    isVisible(): boolean {
      return this._visible;
    }
    isDestroyed(): boolean {
      return this._destroyed;
    }
    minimize(): void {
      this._minimized = true;
      this._visible = true;
      this._focused = false;
    }
    isMinimized(): boolean {
      return this._minimized;
    }
    restore(): void {
      this._minimized = false;
    }
    maximize(): void {
      this._maximized = true;
      this._visible = true;
      this.emit('maximize');
    }
    isMaximized(): boolean {
      return this._maximized;
    }
    getBounds(): Electron.Rectangle {
      return { ...this._bounds };
    }
    getNormalBounds(): Electron.Rectangle {
      return { ...this._bounds };
    }
    setBounds(bounds: Partial<Electron.Rectangle>): void {
      this._bounds = { ...this._bounds, ...bounds };
      this.emit('move');
      this.emit('resize');
    }
    setBackgroundColor(color: string): void {
      this._backgroundColor = color;
    }
    close(): void {
      if (this._destroyed || emitPreventable(this, 'close', {})) return;
      this.destroy();
      if (BrowserWindowStandIn.getAllWindows().length > 0) return;
      if (host.app.listenerCount('window-all-closed') > 0) host.app.emit('window-all-closed');
      else host.app.quit();
    }
    destroy(): void {
      if (this._destroyed) return;
      this._destroyed = true;
      void this.webContents._destroy().catch(() => undefined);
      this.emit('closed');
    }
  }

  return { BrowserWindow: modelledClass('BrowserWindow', BrowserWindowStandIn), windows };
}
