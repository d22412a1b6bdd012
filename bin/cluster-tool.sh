# shellcheck shell=sh disable=SC2154,SC3013,SC3067 # $tool, $bin and $self are set by the reader; dash, bash and busybox know -ef and -O
# Read by kubectl and k9s beside this file, which set $tool and $bin. Finds the project, then becomes the real tool with
# KUBECONFIG on what k3s-vm keeps for its VM. No process is started on the way there: neither node nor a subshell.

say() {
  printf '%s\n' "$@" >&2
}

# --- The project: named, or the nearest folder upwards (as in main/core/config/project.ts), or the one that holds bin/
# where that one has a cluster.
find_project() {
  if [ -n "${K3S_VM_PROJECT:-}" ]; then
    project=$K3S_VM_PROJECT
    [ -d "$project" ] || {
      say "There is no folder $project (from K3S_VM_PROJECT)."
      exit 2
    }
    # The tool may be given its own folder to work in, so a relative path would not do
    case $project in
    /*) ;;
    *) project=$PWD/$project ;;
    esac
    check_owner
    return
  fi
  # The real path, so that a symlink into a project leads to the same one everywhere
  cd -P . 2>/dev/null || :
  project=$PWD
  while [ ! -e "$project/k3s-vm.yaml" ] && [ ! -f "$state/projects$project/.k3s-vm-uuid" ] && [ ! -d "$project/.k3s-vm" ]; do
    project=${project%/*}
    [ -n "$project" ] || break
  done
  if [ -n "$project" ]; then
    check_owner
    return
  fi
  project=$PWD
  real_path "$bin/.."
  if [ -n "$path" ] && [ -f "$state/projects$path/.k3s-vm-uuid" ]; then
    project=$path
    from_bin=yes
  fi
}

# --- Ends where the project is another user's. What is the caller's own needs no process to see; of the rest (root's,
# a symlink, sudo, K3S_VM_TRUST) k3s-vm decides, by the rule in main/core/config/ownership.ts.
check_owner() {
  for file in "$project/." "$project/k3s-vm.yaml" "$project/.k3s-vm" "$project/.kube" "$project/.kube/config"; do
    if [ -L "$file" ] || { [ -e "$file" ] && [ ! -O "$file" ]; }; then
      status=0
      answer=$(k3s_vm "$bin/k3s-vm" config path 2>&1) || status=$?
      [ "$status" -ne 0 ] || return 0
      say "$answer"
      exit "$status"
    fi
  done
}

# --- Sets path to the real path of a folder, or to nothing. Without a subshell, so it goes there and back.
real_path() {
  path=
  here=$PWD
  CDPATH='' cd -P -- "$1" 2>/dev/null || return 0
  path=$PWD
  CDPATH='' cd -P -- "$here" || exit 2
}

# --- The kubeconfig of the project's VM, in the user's own state folder (as in main/core/paths.ts). The .kube/config in
# the project may be a stranger's, which could name a program to run, so it is never read. Nor is the project's path ever
# part of KUBECONFIG, which is split at colons.
find_kubeconfig() {
  if [ -n "${K3S_VM_PROJECT:-}" ]; then
    real_path "$project"
    project=${path:-$project}
  fi
  kubeconfig=
  uuid=
  [ ! -f "$state/projects$project/.k3s-vm-uuid" ] || read -r uuid <"$state/projects$project/.k3s-vm-uuid" || :
  case $uuid in
  '' | *[!0-9a-f-]*) return ;;
  esac
  kubeconfig=$state/vms/$uuid/kubeconfig
  [ -f "$kubeconfig" ] || kubeconfig=
  case $kubeconfig in
  *:*)
    say "$tool cannot use $kubeconfig: it splits KUBECONFIG at colons." "Set XDG_STATE_HOME to a folder without any."
    exit 2
    ;;
  esac
}

# --- Why there is none. Ends.
no_kubeconfig() {
  copy=$project/.kube/config
  if [ -n "${HOME:-}" ] && [ "$copy" -ef "$HOME/.kube/config" ]; then
    say "$project is not a project: its .kube/config is your own kubeconfig." "Change to a project folder, or name one:" \
      "  K3S_VM_PROJECT=FOLDER $0 $*"
    exit 2
  fi
  if [ -e "$copy" ] || [ -L "$copy" ]; then
    say "$copy is not used, because k3s-vm did not write it for you." "Regenerate it:" "  $bin/k3s-vm kubeconfig --refresh"
    exit 14
  fi
  say "There is no cluster for $project yet." "Create it:" "  $bin/k3s-vm setup"
  exit 5
}

# --- How to call k3s-vm for the same project.
k3s_vm() {
  if [ -n "${from_bin:-}" ]; then
    "$@" --project "$project"
  else
    "$@"
  fi
}

# --- The real tool: the first one on PATH that is not a wrapper of ours.
find_tool() {
  real=
  rest=$PATH:
  while [ -n "$rest" ]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    [ -n "$folder" ] || continue
    candidate=$folder/$tool
    [ -f "$candidate" ] && [ -x "$candidate" ] || continue
    # Another copy of ours on PATH would call this one, and this one that
    [ ! -e "$folder/cluster-tool.sh" ] && [ ! "$candidate" -ef "$self" ] || continue
    real=$candidate
    return
  done
}

tool_missing() {
  say "$tool is not installed."
  id=
  [ -r /etc/os-release ] && id=$(. /etc/os-release && printf '%s %s' "${ID:-}" "${ID_LIKE:-}")
  case "$tool:$id" in
  *:*nixos*) say "  nix-shell -p $tool    (or add pkgs.$tool to environment.systemPackages)" ;;
  kubectl:*ubuntu*) say "  sudo snap install kubectl --classic" ;;
  kubectl:*debian*) say "  sudo apt-get install kubernetes-client" ;;
  kubectl:*rhel* | kubectl:*centos*) say "  https://kubernetes.io/docs/tasks/tools/" ;;
  kubectl:*fedora*) say "  sudo dnf install /usr/bin/kubectl" ;;
  *:*arch*) say "  sudo pacman -S $tool" ;;
  kubectl:*suse*) say "  sudo zypper install kubernetes-client" ;;
  k9s:*suse*) say "  sudo zypper install k9s" ;;
  k9s:*) say "  https://k9scli.io/topics/install/" ;;
  *) say "  https://kubernetes.io/docs/tasks/tools/" ;;
  esac
  [ "$tool" = k9s ] || say "Or use the one inside the VM:" "  $bin/k3s-vm shell -- sudo k3s kubectl get nodes"
  exit 10
}

# --- What works without a cluster is left to the tool.
needs_cluster() {
  case "$tool:${1:-}" in
  kubectl: | kubectl:config | kubectl:completion | kubectl:__complete* | kubectl:help | kubectl:kustomize | kubectl:options | kubectl:plugin) return 1 ;;
  k9s:version | k9s:help | k9s:info | k9s:completion) return 1 ;;
  esac
  for word in "$@"; do
    case $word in
    --) return 0 ;;
    -h | --help | --client | --client=true) return 1 ;;
    esac
  done
  return 0
}

# --- Whether the VM may be running. libvirt keeps a runtime file for every running VM. Where these files cannot be read
# (another host, other permissions), the answer is yes.
may_be_running() {
  name=
  # current-context stands near the top of the file that we write, before the long lines: a shell reads byte by byte
  while read -r key value; do
    [ "$key" = current-context: ] && name=${value#\"} && name=${name%\"} && break
  done <"$kubeconfig"
  [ -n "$name" ] || return 0
  seen=
  for folder in /run/libvirt/qemu "${XDG_RUNTIME_DIR:-/nowhere}/libvirt/qemu/run" "${XDG_CACHE_HOME:-${HOME:-}/.cache}/libvirt/qemu/run"; do
    if [ -d "$folder" ] && [ -x "$folder" ]; then
      seen=yes
      [ ! -e "$folder/$name.pid" ] || return 0
    fi
  done
  [ -z "$seen" ]
}

case ${XDG_STATE_HOME:-} in
/*) state=$XDG_STATE_HOME/k3s-vm ;;
*) state=${HOME:-}/.local/state/k3s-vm ;;
esac
find_project
find_kubeconfig

if needs_cluster "$@"; then
  [ -n "$kubeconfig" ] || no_kubeconfig "$@"
  if ! may_be_running; then
    # Only libvirt knows for sure, and k3s-vm can say what to do about it
    status=0
    answer=$(k3s_vm "$bin/k3s-vm" status --brief 2>&1) || status=$?
    case $status in
    4 | 5)
      say "$answer"
      exit "$status"
      ;;
    esac
  fi
fi

find_tool
[ -n "$real" ] || tool_missing
# Without a cluster an empty one, and not the user's own
KUBECONFIG=${kubeconfig:-/dev/null}
export KUBECONFIG
exec "$real" "$@"
