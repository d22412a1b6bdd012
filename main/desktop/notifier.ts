/**
 * Desktop notifications.
 */
import { Notification } from 'electron';

export interface Message {
  readonly title: string;
  readonly body: string;
  readonly onClick?: () => void;
}

/** Notifications that are still shown. One that is garbage-collected loses its click handler. */
const shown = new Set<Notification>();

/** Shows a notification, where the desktop can. */
export function notify({ title, body, onClick }: Message, icon: string): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body, icon });
  shown.add(notification);
  notification.on('close', () => shown.delete(notification));
  notification.on('click', () => {
    shown.delete(notification);
    onClick?.();
  });
  notification.show();
}
