/**
 * The tray icon: shows the picture of the latest snapshot, and hands on what is chosen.
 */
import { Menu, nativeImage, Tray, type MenuItemConstructorOptions } from 'electron';
import { join } from 'node:path';
import type { Snapshot } from '../../preload/api';
import { trayPicture, type TrayAction, type TrayIcon, type TrayItem } from './tray-picture';

export interface TrayOptions {
  /** Folder of one PNG for each `TrayIcon`. */
  readonly icons: string;
  readonly onAction: (action: TrayAction) => void;
}

/** Creates the tray icon. @returns a function that shows a snapshot on it */
export function createTray({ icons, onAction }: TrayOptions): (snapshot: Snapshot) => void {
  const image = (icon: TrayIcon) => nativeImage.createFromPath(join(icons, `${icon}.png`));
  const tray = new Tray(image('unknown'));
  tray.on('click', () => onAction('open'));
  let shown = '';
  return (snapshot) => {
    const picture = trayPicture(snapshot);
    const next = JSON.stringify(picture);
    // Replacing a menu closes it while the user has it open
    if (next === shown) return;
    shown = next;
    tray.setImage(image(picture.icon));
    tray.setToolTip(picture.tooltip);
    tray.setContextMenu(Menu.buildFromTemplate(picture.items.map((item) => menuItem(item, onAction))));
  };
}

function menuItem(item: TrayItem, onAction: (action: TrayAction) => void): MenuItemConstructorOptions {
  switch (item.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'state':
      return { label: item.label, enabled: false };
    case 'action':
      return { label: item.label, enabled: item.enabled, click: () => onAction(item.action) };
  }
}
