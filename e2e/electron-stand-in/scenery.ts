/**
 * `Menu`, `Tray`, `nativeImage`, `Notification`, `dialog`: everything that the desktop draws, recorded so that a spec can
 * look at it and choose from it.
 */
import type Electron from 'electron';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Emitter } from './emitter';
import { modelled, modelledClass } from './modelled';

export interface ItemView {
  readonly label: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly role?: string;
  readonly submenu?: readonly ItemView[];
}

const roles: readonly string[] = [
  'undo',
  'redo',
  'cut',
  'copy',
  'paste',
  'selectAll',
  'quit',
  'reload',
  'toggleDevTools',
  'resetZoom',
  'zoomIn',
  'zoomOut',
  'togglefullscreen',
];

class MenuStandIn {
  /** What was given; a view of it is what a spec sees. */
  readonly _template: readonly Electron.MenuItemConstructorOptions[];
  constructor(template: readonly Electron.MenuItemConstructorOptions[]) {
    this._template = template.map((item) => ({ ...item }));
  }

  static applicationMenu: MenuStandIn | null = null;

  static buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): MenuStandIn {
    for (const { label, role, type, submenu } of template) {
      if (label === undefined && role === undefined && type !== 'separator')
        throw new TypeError('Invalid template for MenuItem: must have at least one of label, role or type');
      if (role !== undefined && !roles.includes(role))
        throw new Error(`electron stand-in: the role "${role}" is not modelled`);
      if (Array.isArray(submenu)) MenuStandIn.buildFromTemplate(submenu);
    }
    return new MenuStandIn(template);
  }

  static setApplicationMenu(menu: MenuStandIn | null): void {
    MenuStandIn.applicationMenu = menu;
  }
}

export const viewMenu = (template: readonly Electron.MenuItemConstructorOptions[]): ItemView[] =>
  template.map(({ label, role, type, enabled, submenu }) => ({
    label: label ?? '',
    type: type ?? (submenu === undefined ? 'normal' : 'submenu'),
    enabled: enabled ?? true,
    ...(role === undefined ? {} : { role }),
    ...(Array.isArray(submenu) ? { submenu: viewMenu(submenu) } : {}),
  }));

export interface ImageStandIn {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** There is a picture of twice the size for dense displays. */
  readonly dense: boolean;
}

function readImage(path: string): ImageStandIn | undefined {
  if (!existsSync(path)) return undefined;
  const png = readFileSync(path);
  if (png.toString('latin1', 1, 4) !== 'PNG') return undefined;
  const dense = existsSync(path.replace(/\.png$/, '@2x.png'));
  return { file: basename(path), width: png.readUInt32BE(16), height: png.readUInt32BE(20), dense };
}

/** As the real one, which answers an empty image for a path that leads nowhere. */
class NativeImageStandIn {
  readonly _image: ImageStandIn | undefined;
  constructor(path: string) {
    this._image = readImage(path);
  }
  isEmpty(): boolean {
    return this._image === undefined;
  }
}

function needImage(image: NativeImageStandIn | string | undefined, of: string): ImageStandIn {
  const found = typeof image === 'string' ? readImage(image) : image?._image;
  if (found === undefined)
    throw new Error(`electron stand-in: the image of the ${of} cannot be read: ${String(image)}`);
  return found;
}

/** A desktop that records what is drawn on it. */
export function createScenery() {
  const trays: TrayStandIn[] = [];
  const notifications: NotificationStandIn[] = [];
  const dialogs: {
    readonly options: Electron.MessageBoxOptions;
    readonly modal: boolean;
    answer(response: number): void;
  }[] = [];
  const fileDialogs: { readonly title: string; answer(path: string | null): void }[] = [];
  const errorBoxes: { readonly title: string; readonly content: string }[] = [];

  class TrayStandIn extends Emitter {
    _image: ImageStandIn;
    _toolTip = '';
    _menu: readonly Electron.MenuItemConstructorOptions[] = [];
    constructor(image: NativeImageStandIn) {
      super('Tray', ['click']);
      this._image = needImage(image, 'tray');
      trays.push(this);
    }
    setImage(image: NativeImageStandIn): void {
      this._image = needImage(image, 'tray');
    }
    setToolTip(text: string): void {
      this._toolTip = text;
    }
    /** On Linux a menu that changes later must be set again: what is kept is what it was now. */
    setContextMenu(menu: MenuStandIn | null): void {
      this._menu = (menu?._template ?? []).map((item) => ({ ...item }));
    }
  }

  class NotificationStandIn extends Emitter {
    readonly _options: Electron.NotificationConstructorOptions;
    constructor(options: Electron.NotificationConstructorOptions = {}) {
      super('Notification', ['click', 'close', 'show']);
      if (options.icon !== undefined) needImage(options.icon as string, 'notification');
      this._options = options;
    }
    static isSupported(): boolean {
      return true;
    }
    show(): void {
      notifications.push(this);
      this.emit('show', {});
    }
  }

  const dialog: Pick<Electron.Dialog, 'showMessageBox' | 'showOpenDialog' | 'showErrorBox'> = {
    showMessageBox(...args: [unknown, Electron.MessageBoxOptions?]) {
      const modal = args.length === 2;
      const options = (modal ? args[1] : args[0]) as Electron.MessageBoxOptions;
      return new Promise((resolve) => {
        const answer = (response: number): void => {
          dialogs.splice(
            dialogs.findIndex((pending) => pending.answer === answer),
            1,
          );
          resolve({ response, checkboxChecked: false });
        };
        dialogs.push({ options, modal, answer });
      });
    },
    showOpenDialog(...args: [unknown, Electron.OpenDialogOptions?]) {
      const { title = '' } = (args.length === 2 ? args[1] : args[0]) as Electron.OpenDialogOptions;
      return new Promise((resolve) => {
        fileDialogs.push({
          title,
          answer(path) {
            fileDialogs.length = 0;
            resolve({ canceled: path === null, filePaths: path === null ? [] : [path] });
          },
        });
      });
    },
    showErrorBox(title, content) {
      errorBoxes.push({ title, content });
      console.error(`error box: ${title}\n${content}`);
    },
  };

  return {
    trays,
    notifications,
    dialogs,
    fileDialogs,
    errorBoxes,
    applicationMenu: () => MenuStandIn.applicationMenu?._template ?? [],
    api: {
      Menu: modelledClass('Menu', MenuStandIn),
      Tray: modelledClass('Tray', TrayStandIn),
      Notification: modelledClass('Notification', NotificationStandIn),
      nativeImage: modelled('nativeImage', { createFromPath: (path: string) => new NativeImageStandIn(path) }),
      dialog: modelled('dialog', dialog),
    },
  };
}
