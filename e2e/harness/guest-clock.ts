/**
 * The clock of a guest, and who corrected it.
 *
 * @param guest runs a command in the guest and answers what it printed
 */
export const guestClock = (guest: (command: string) => Promise<string>) => ({
  /** Milliseconds that it is off for certain. */
  async offset(): Promise<number> {
    const before = Date.now();
    const clock = Number(await guest('date +%s%3N'));
    return Math.max(0, before - clock, clock - Date.now());
  },
  /** How often the guest has corrected its clock in this boot. */
  async corrections(): Promise<number> {
    const log = await guest('sudo journalctl --boot --unit=k3s-vm-clock --output=cat --no-pager');
    return log.split('set forward by').length - 1;
  },
});
