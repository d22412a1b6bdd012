# Runs in the guest over SSH, as root, before the VM is saved.

# The clock stands still while the VM is saved; the hardware clock goes on. What is left behind here sees that at the
# resume and puts the clock right within about a second, most often before the network is up. It only compares with the
# hardware clock's ticks, so the clock is as exact afterwards as it was. In bash, which sleeps and tells the time without
# a process; a guest without it, or one that was saved by others, is told the time over SSH.
cat >/run/k3s-vm-clock.sh <<'SCRIPT'
LC_ALL=C
exec 3<> <(:)
pause() { read -rt "$1" -u 3; }
look() { # tick: the hardware clock, now: the clock; in microseconds
  read -r tick </sys/class/rtc/rtc0/since_epoch
  tick=${tick}000000 now=${EPOCHREALTIME/./}
}
edge() { # looks until the hardware clock has just ticked; late: how long ago that was, within as much
  local last before
  look
  while
    last=$tick before=$now
    pause 0.02
    look
    late=$(((now - before) / 2))
    [ "$tick" = "$last" ] || [ $late -gt 250000 ]
  do :; done
}
set_clock() {
  local time=$((tick + late + ahead))
  [ $time -gt $now ] || return
  date -s "@$((time / 1000000)).$(printf %06d $((time % 1000000)))" >/dev/null
  echo "set forward by $(((time - now) / 1000)) ms"
}
edge
ahead=$((now - late - tick)) late=0
systemd-notify --ready
SECONDS=0
while [ $SECONDS -lt 120 ]; do
  pause 0.2
  look
  [ $((tick + ahead - now)) -gt 300000 ] || continue
  set_clock
  edge
  set_clock
  break
done
SCRIPT
if [ -r /sys/class/rtc/rtc0/since_epoch ] && command -v bash >/dev/null; then
  systemctl stop k3s-vm-clock 2>/dev/null
  systemd-run --quiet --collect --unit=k3s-vm-clock --property=Type=notify --property=NotifyAccess=all \
    --property=Nice=-20 --property=TimeoutStartSec=5 bash /run/k3s-vm-clock.sh
fi

# What is on disk anyway need not be in the saved memory. Freed pages go back to the host through the balloon's free page
# reporting, which takes blocks of pages: hence the compaction.
# https://docs.kernel.org/mm/free_page_reporting.html
sync
echo 3 >/proc/sys/vm/drop_caches
echo 1 >/proc/sys/vm/compact_memory
# Except what puts the clock right
date >/dev/null
