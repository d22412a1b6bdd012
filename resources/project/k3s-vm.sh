# Runs k3s-vm for this project. Commit it: whoever clones the project needs nothing else to begin with.
folder=${0%/*}
[ "$folder" != "$0" ] || folder=.

# Another project's wrapper is not k3s-vm: they would call each other
is_program() {
  [ -f "$1" ] && [ -x "$1" ] && [ ! "$1" -ef "$0" ] || return 1
  { IFS= read -r line && IFS= read -r line; } <"$1" 2>/dev/null
  case $line in
  '# Written by k3s-vm init'*) return 1 ;;
  esac
}

# K3S_VM_HOME, PATH, or a clone of yours beside this project
find_program() {
  line=
  if [ -n "${K3S_VM_HOME:-}" ]; then
    program=$K3S_VM_HOME/bin/k3s-vm
    is_program "$program" && return
    echo "There is no bin/k3s-vm in $K3S_VM_HOME (from K3S_VM_HOME)." >&2
    exit 10
  fi
  rest=$PATH:
  while [ -n "$rest" ]; do
    program=${rest%%:*}/k3s-vm
    rest=${rest#*:}
    [ "$program" = /k3s-vm ] || ! is_program "$program" || return 0
  done
  program=$folder/../../k3s-vm/bin/k3s-vm
  [ -O "$program" ] && is_program "$program" && return
  printf '%s\n' 'This project uses k3s-vm, and k3s-vm is not installed. Install it so that it is on PATH,' \
    'or set K3S_VM_HOME to a clone of it:' '  export K3S_VM_HOME=FOLDER' >&2
  exit 10
}

find_program
# How hints call us, and where the project's wrappers are
K3S_VM_COMMAND=$folder/k3s-vm
K3S_VM_WRAPPERS=$folder
export K3S_VM_COMMAND K3S_VM_WRAPPERS
