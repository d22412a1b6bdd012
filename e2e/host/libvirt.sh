#!/bin/bash
# Runs libvirt for the real-VM suite: by systemd where it is the init, by hand where it is not. Run as root.
#
#   libvirt.sh start          daemons, the `default` network, the pool; moves a KVM device that cannot work away
#   libvirt.sh stop           undoes what `start` did, and nothing else
#   libvirt.sh status         one line per part; exit status 0 when qemu:///system answers
#   libvirt.sh daemon-stop    libvirtd alone (guests go on), for tests of "the daemon is down"
#   libvirt.sh daemon-start   and back again
#   libvirt.sh user-add [--libvirt] [NAME]     an unprivileged user for qemu:///session (--libvirt: joins the group)
#   libvirt.sh user-run NAME COMMAND [ARG...]  runs a command as that user, with that user's environment only
#   libvirt.sh user-remove [NAME]              its processes, its home and the user
#
# K3S_VM_E2E_POOL and K3S_VM_E2E_POOL_DIR name the pool (default: `default` at /var/lib/libvirt/images).
set -euo pipefail
export LC_ALL=C.UTF-8

pool=${K3S_VM_E2E_POOL:-default}
pool_dir=${K3S_VM_E2E_POOL_DIR:-/var/lib/libvirt/images}
default_user=k3s-vm-e2e
# What `start` did, one file each, so that `stop` undoes that and no more. /run: a reboot undoes it as well.
state=/run/k3s-vm-e2e
user_mark='k3s-vm test user'

say() { printf 'libvirt: %s\n' "$*"; }
die() { printf 'libvirt: %s\n' "$*" >&2; exit 1; }
have_systemd() { [ -d /run/systemd/system ]; }
system() { timeout "${limit:-30}" virsh --quiet --connect qemu:///system "$@"; }
# Names are padded in some lists; the whole list is read, since a grep that stops early would break the pipe.
listed() { # NAME LIST-COMMAND...
  local name=$1
  shift
  [ "$(system "$@" --name | awk -v name="$name" '$1 == name' | wc -l)" -gt 0 ]
}
answers() { limit=10 system uri >/dev/null 2>&1; }

# The pid in a file, if that process still is the daemon and the number was not given to another one.
daemon_pid() { # NAME
  local pid
  pid=$(cat "$state/$1.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] && echo "$pid"
}

running() { # NAME: any process of that name outside other users' sessions
  local pid
  for pid in $(pgrep -x -u 0 "$1"); do
    # A root session daemon (qemu:///session) is not the system's.
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- '--timeout=' || return 0
  done
  return 1
}

wait_for() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

# A KVM device on a CPU without vmx/svm opens, is advertised by libvirt and then hangs: libvirt's probe of it makes
# every `virsh define` take more than a minute. Guests fall back to TCG at once when the device is not there.
move_kvm_away() {
  [ "$(uname -m)" = x86_64 ] || return 0
  grep -Eqw 'vmx|svm' /proc/cpuinfo && return 0
  [ -e /dev/kvm ] || return 0
  mv /dev/kvm /dev/kvm.disabled
  touch "$state/kvm-moved"
  say '/dev/kvm cannot work on this CPU: moved to /dev/kvm.disabled'
}

put_kvm_back() {
  if [ -e "$state/kvm-moved" ] && [ -e /dev/kvm.disabled ] && [ ! -e /dev/kvm ]; then
    mv /dev/kvm.disabled /dev/kvm
    say '/dev/kvm is back'
  fi
  rm -f "$state/kvm-moved"
}

# With no system bus there is no polkit to ask, so the libvirt group decides who may connect, as polkit's rule
# in Debian does. Everything else stays as the package set it.
write_config() {
  cat >"$state/libvirtd.conf" <<'CONF'
unix_sock_group = "libvirt"
unix_sock_ro_perms = "0777"
unix_sock_rw_perms = "0770"
auth_unix_ro = "none"
auth_unix_rw = "none"
CONF
}

# Both daemons detach into sessions of their own (-d), so they outlive the shell that ran this.
spawn() { # NAME ARG...
  local name=$1
  shift
  running "$name" && return 0
  rm -f "$state/$name.pid"
  # Not the caller's open files: a pipe that a daemon holds would never reach its end.
  (cd / && exec env -u TMPDIR "/usr/sbin/$name" -d -p "$state/$name.pid" "$@") </dev/null >"$state/$name.log" 2>&1 || {
    cat "$state/$name.log" >&2
    die "$name did not start"
  }
}

daemon_start() {
  if have_systemd; then
    systemctl start virtlogd.socket libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
  else
    mkdir -p "$state"
    write_config
    # virtlogd stays over a restart of libvirtd: running guests write their consoles and logs through it.
    spawn virtlogd
    spawn libvirtd -f "$state/libvirtd.conf"
  fi
  # The first answer includes libvirt's probe of every QEMU binary.
  wait_for 120 answers || die 'libvirtd does not answer'
}

end_daemon() { # NAME
  local pid
  pid=$(daemon_pid "$1") || return 0
  kill "$pid"
  wait_for 30 test ! -d "/proc/$pid" || { say "$1 ($pid) does not end, killing it"; kill -KILL "$pid"; }
  rm -f "$state/$1.pid"
}

daemon_stop() {
  if have_systemd; then
    # The sockets first, or the next client starts the daemon again.
    systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
    return
  fi
  if ! daemon_pid libvirtd >/dev/null; then
    running libvirtd && die 'libvirtd was not started by this script: leaving it alone'
    return 0
  fi
  end_daemon libvirtd
}

network_start() {
  local file
  if ! system net-info default >/dev/null 2>&1; then
    for file in /etc/libvirt/qemu/networks/default.xml /usr/share/libvirt/networks/default.xml; do
      [ -f "$file" ] && system net-define "$file" >/dev/null && break
    done
  fi
  listed default net-list && return 0
  system net-start default >/dev/null
  touch "$state/network-started"
}

pool_start() {
  if ! system pool-info "$pool" >/dev/null 2>&1; then
    system pool-define-as "$pool" dir --target "$pool_dir" >/dev/null
    system pool-build "$pool" >/dev/null
    echo "$pool" >>"$state/pools-defined"
  fi
  if ! listed "$pool" pool-list; then
    system pool-start "$pool" >/dev/null
    echo "$pool" >>"$state/pools-started"
  fi
  check_reachable "$(system pool-dumpxml "$pool" | sed -n 's:.*<path>\(.*\)</path>.*:\1:p' | head -n 1)"
}

# libvirt gives each image to QEMU's own user but never opens up the folders above it: say so here, before a guest
# fails with nothing but "Permission denied".
check_reachable() { # DIR
  local qemu_user=libvirt-qemu
  id "$qemu_user" >/dev/null 2>&1 || return 0
  setpriv --reuid "$qemu_user" --regid "$(id -g "$qemu_user")" --init-groups test -x "$1" && return 0
  # A pool made by libvirt is 0711 or wider; one that was there before may not be.
  chmod a+x "$1"
  setpriv --reuid "$qemu_user" --regid "$(id -g "$qemu_user")" --init-groups test -x "$1" ||
    die "QEMU's user $qemu_user cannot reach $1: make every folder above it searchable (chmod a+x)"
}

start() {
  command -v virsh >/dev/null || die 'virsh is not installed: run install.sh first'
  mkdir -p "$state"
  move_kvm_away
  # A daemon that probed the broken device before has hung on it, or remembers it.
  if [ -e "$state/kvm-moved" ] && have_systemd && systemctl -q is-active libvirtd; then systemctl stop libvirtd; fi
  daemon_start
  network_start
  pool_start
  status
}

stop() {
  local name guests
  if answers; then
    guests=$(system list --name | grep . | tr '\n' ' ' || true)
    [ -z "$guests" ] || say "these guests go on running: $guests"
    [ ! -e "$state/network-started" ] || system net-destroy default >/dev/null || true
    if [ -f "$state/pools-started" ]; then
      while read -r name; do system pool-destroy "$name" >/dev/null || true; done <"$state/pools-started"
    fi
    if [ -f "$state/pools-defined" ]; then
      while read -r name; do system pool-undefine "$name" >/dev/null || true; done <"$state/pools-defined"
    fi
  fi
  rm -f "$state/network-started" "$state/pools-started" "$state/pools-defined"
  # On systemd the daemon is the machine's, not ours.
  if ! have_systemd; then
    end_daemon libvirtd
    end_daemon virtlogd
  fi
  put_kvm_back
  rm -f "$state"/*.conf "$state"/*.log
  rmdir "$state" 2>/dev/null || true
}

status() {
  local ok=0 version
  if version=$(limit=10 system version 2>/dev/null); then
    say "qemu:///system answers (libvirtd $(daemon_pid libvirtd || echo 'not started by this script');$(
      sed -n 's/^Running hypervisor: / /p' <<<"$version"))"
    say "network default: $(listed default net-list && echo active || echo inactive)"
    say "pool $pool: $(listed "$pool" pool-list && echo active || echo inactive)"
  else
    say 'qemu:///system does not answer'
    ok=1
  fi
  if [ -e /dev/kvm ]; then say '/dev/kvm is there'; else say 'no /dev/kvm: guests run in emulation (TCG)'; fi
  return "$ok"
}

is_test_user() { getent passwd "$1" | cut -d: -f5 | grep -qxF "$user_mark"; }

user_add() {
  local name=$default_user group=
  [ "${1:-}" != --libvirt ] || { group=libvirt; shift; }
  name=${1:-$name}
  if ! id "$name" >/dev/null 2>&1; then
    useradd --create-home --user-group --shell /bin/bash --comment "$user_mark" "$name"
  fi
  is_test_user "$name" || die "$name is a real user: leaving it alone"
  [ -z "$group" ] || usermod --append --groups "$group" "$name"
  # Where a login manager would make it; libvirt's session daemon puts its sockets there.
  install -d -m 0755 /run/user
  install -d -m 0700 -o "$name" -g "$name" "/run/user/$(id -u "$name")"
  say "user $name: home $(getent passwd "$name" | cut -d: -f6), uid $(id -u "$name")"
}

user_run() {
  local name=${1:?user name}
  shift
  is_test_user "$name" || die "$name is not a test user: run user-add first"
  local home
  home=$(getent passwd "$name" | cut -d: -f6)
  # A clean environment: root's HOME or XDG folders would send libvirt's session daemon to places it cannot write.
  cd "$home"
  exec setpriv --reuid "$name" --regid "$name" --init-groups --reset-env \
    env HOME="$home" USER="$name" LOGNAME="$name" SHELL=/bin/bash LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    XDG_RUNTIME_DIR="/run/user/$(id -u "$name")" "$@"
}

user_remove() {
  local name=${1:-$default_user} uid
  id "$name" >/dev/null 2>&1 || return 0
  is_test_user "$name" || die "$name is a real user: leaving it alone"
  uid=$(id -u "$name")
  # By user id, and that user is ours alone: its guests and its session daemon.
  pkill -TERM -U "$uid" || true
  wait_for 10 no_process_of "$uid" || pkill -KILL -U "$uid" || true
  wait_for 5 no_process_of "$uid" || die "processes of $name do not end"
  userdel --remove "$name" 2>/dev/null || userdel "$name"
  rm -rf "/run/user/${uid:?}"
  say "user $name is gone"
}
no_process_of() { ! pgrep -U "$1" >/dev/null; }

[ "$(id -u)" -eq 0 ] || die 'run as root'
case ${1:-} in
  start) start ;;
  stop) stop ;;
  status) status ;;
  daemon-start) daemon_start ;;
  daemon-stop) daemon_stop ;;
  user-add) shift; user_add "$@" ;;
  user-run) shift; user_run "$@" ;;
  user-remove) shift; user_remove "$@" ;;
  *)
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac
