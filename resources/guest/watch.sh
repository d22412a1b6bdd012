# Runs in the guest over SSH, as root, after k3s-unit.sh, for as long as the host waits: one line for each new
# fact.
#   stage WORD          what the guest is doing
#   golden WORDS        it waits for the host to copy its disk (ready), or why it offers none
#   failed KIND TEXT    cloud-init, k3s, masked or disk: what went wrong; ends
#   kubeconfig BASE64   K3s' admin kubeconfig
#   active              K3s says that it is up; keeps watching it for failures
state=/var/lib/k3s-vm
run=/run/k3s-vm
fail() {
  echo "failed $1 $(printf %s "$2" | one_line)"
  [ -z "${waiter:-}" ] || kill "$waiter" 2>/dev/null
  exit 0
}

# systemd restarts K3s for ever. Three restarts in two minutes mean that it cannot start; one that ran for longer was only
# too slow (K3s exits when it loses its leader election), and may still come up.
check_k3s() {
  restarts=$(systemctl show k3s -p NRestarts --value 2>/dev/null)
  [ "${restarts:-0}" -ge 3 ] || return 0
  [ "$(journalctl -u k3s -o cat --no-pager --since -2min | grep -c 'Scheduled restart job')" -ge 3 ] || return 0
  used=$(df -P / | awk 'NR == 2 && $4 < 20480 { print $5 }')
  [ -z "$used" ] || fail disk "$used"
  fail k3s "$(k3s_reason)"
}

# A unit that systemd refuses to start (masked) will never come up.
check_unit() {
  case $(k3s_unit LoadState) in
    *=masked*) fail masked 'its unit is masked' ;;
    *=not-found*) fail k3s 'the guest has no unit k3s.service' ;;
  esac
}

# If cloud-init ends, it never started the provisioning.
check_cloud_init() {
  [ ! -e "$state/failed" ] || fail cloud-init "$(cat "$state/failed")"
  [ -e /run/cloud-init/result.json ] && [ ! -e "$run/provisioning" ] || return 0
  errors=$(tr -d '\n' </run/cloud-init/result.json | sed -n 's/.*"errors": *\[ *\([^]]*\)\].*/\1/p')
  fail cloud-init "${errors:-it ended without having installed K3s}"
}

echo "stage cloud-init"
offered=
until [ -e "$state/identity" ]; do
  check_cloud_init
  if [ -z "$offered" ] && [ -s "$run/golden" ] && [ ! -e "$run/go-on" ]; then
    offered=yes
    echo "golden $(cat "$run/golden")"
  fi
  sleep 0.2
done

# Few processes and no polling: CPU time spent here is taken from K3s.
echo "stage k3s"
{
  until [ -s /etc/rancher/k3s/k3s.yaml ]; do sleep 0.5; done
  echo "kubeconfig $(base64 -w 0 </etc/rancher/k3s/k3s.yaml)"
} &
waiter=$!
# Waits for the start that is under way, or for systemd's next attempt
until systemctl is-active --quiet k3s || systemctl start k3s 2>/dev/null; do
  check_unit
  check_k3s
  sleep 2
done
wait "$waiter"
waiter=
echo active

while :; do
  check_k3s
  sleep 5
done
