# The options of NixOS that nix/module.nix sets or reads, as nixpkgs declares them (nixos/modules/).
{ lib, pkgs, ... }:
let
  inherit (lib) types;
  option = type: default: lib.mkOption { inherit type default; };
in
{
  options = {
    environment.systemPackages = option (types.listOf types.package) [ ];
    networking.firewall.enable = option types.bool true;
    networking.firewall.extraForwardRules = option types.lines "";
    networking.firewall.filterForward = option types.bool false;
    networking.firewall.interfaces = option (types.attrsOf types.anything) { };
    security.polkit.enable = option types.bool false;
    systemd.services = option (types.attrsOf types.anything) { };
    users.groups = option (types.attrsOf types.anything) { };
    virtualisation.libvirtd.enable = option types.bool false;
    virtualisation.libvirtd.package = option types.package pkgs.libvirt;
    virtualisation.libvirtd.qemu.package = option types.package pkgs.qemu;
  };
}
