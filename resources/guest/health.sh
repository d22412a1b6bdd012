# Runs in the guest over SSH for `status`: facts that only the guest knows, one `key value` a line.
# $1 $2: host and port that the host itself can reach, or nothing; $3: `yes` where the gateway should answer for names.
echo "clock $(date +%s.%N)"
echo "disk $(df -P / | awk 'NR == 2 { sub("%", "", $5); print $5 }')"
probe() { timeout 4 "$@" >/dev/null 2>&1 && echo ok || echo failed; }
if [ -n "${1:-}" ]; then
  echo "dns $(probe getent ahosts "$1")"
  echo "egress $(probe bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2")"
fi
if [ -n "${3:-}" ]; then
  gateway=$(ip -4 route show default | awk '{ print $3; exit }')
  echo "nameserver $(probe bash -c 'exec 3<>"/dev/tcp/$0/53"' "$gateway")"
fi
