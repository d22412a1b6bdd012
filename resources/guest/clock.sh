# Runs in the guest while it is up. Corrects its clock after the guest was paused or suspended, or its host slept. The
# hardware clock keeps running meanwhile, so the clock is compared with its ticks: that keeps it as exact as before and needs
# no network. In bash, which can sleep and read the time without starting a process.
LC_ALL=C
about_to_be_saved=/run/k3s-vm-saving
exec 3<> <(:)
pause() { read -rt "$1" -u 3; }
look() { # tick: the hardware clock, now: the clock, up: how long the kernel runs; in microseconds
  read -r tick </sys/class/rtc/rtc0/since_epoch
  read -r up _ </proc/uptime
  tick=${tick}000000 now=${EPOCHREALTIME/./} up=$((10#${up/./}0000))
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
settle() { # what the hardware clock is compared with from now on
  edge
  ahead=$((now - late - tick)) started=$((tick + late - up)) late=0
  SECONDS=0
}
stood_still() { # LIMIT: whether clock and kernel both lag behind it by more: a clock that somebody set is kept
  [ $((tick + ahead - now)) -gt "$1" ] && [ $((tick - up - started)) -gt "$1" ]
}
set_clock() {
  local time=$((tick + late + ahead))
  [ "$time" -gt "$now" ] || return
  date -s "@$((time / 1000000)).$(printf %06d $((time % 1000000)))" >/dev/null
  echo "set forward by $(((time - now) / 1000)) ms"
}
follow() { # EVERY LIMIT WHILE: looks every so many seconds, until it was set or WHILE seconds are over
  while [ $SECONDS -lt "$3" ]; do
    pause "$1"
    look
    stood_still "$2" || continue
    set_clock
    edge
    set_clock
    return
  done
}

settle
systemd-notify --ready
# Whoever resumes a guest waits for its clock
if [ -e $about_to_be_saved ]; then
  rm $about_to_be_saved
  follow 0.2 300000 120
  settle
fi
while :; do
  follow 5 2000000 300
  settle
done
