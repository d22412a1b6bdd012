# Runs in the guest over SSH, after k3s-unit.sh, for `status`: facts that only the guest knows, one `key value` a line.
# $1 $2: host and port that the host itself can reach, or nothing; $3: `yes` where the gateway should answer for names.
echo "clock $(date +%s.%N)"
echo "disk $(df -P / | awk 'NR == 2 { sub("%", "", $5); print $5 }')"
unit=$(k3s_unit LoadState,UnitFileState,ActiveState,SubState,Result,NRestarts)
echo "k3s $unit"
case $unit in
  *ActiveState=active* | *ActiveState=inactive*) ;;
  *) echo "k3s-reason $(k3s_reason | one_line)" ;;
esac
probe() { timeout 4 "$@" >/dev/null 2>&1 && echo ok || echo failed; }
if [ -n "${1:-}" ]; then
  echo "dns $(probe getent ahosts "$1")"
  echo "egress $(probe bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2")"
fi
if [ -n "${3:-}" ]; then
  gateway=$(ip -4 route show default | awk '{ print $3; exit }')
  echo "nameserver $(probe bash -c 'exec 3<>"/dev/tcp/$0/53"' "$gateway")"
fi
