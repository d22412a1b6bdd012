# programs.k3s-vm: the command, and a libvirt that its users may use without a password.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.k3s-vm;
  inherit (lib) mkOption types;
  libvirt = config.virtualisation.libvirtd.package;
  # As main/core/libvirt/own-network.ts has it
  bridges = [ "virbr-k3svm" ] ++ lib.optional (cfg.network == "default") "virbr0";
in
{
  options.programs.k3s-vm = {
    enable = lib.mkEnableOption "k3s-vm: one K3s cluster in one libvirt virtual machine, per project";

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./package.nix { withElectron = cfg.electron; };
      defaultText = lib.literalExpression "pkgs.callPackage ./nix/package.nix { }";
      description = "The package of k3s-vm.";
    };

    electron = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the dashboard has a window of its own. Without Electron it opens in the browser.";
    };

    users = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "ada" ];
      description = ''
        Users of `qemu:///system`, where a VM has an address of its own. They become members of the group "libvirtd", which is
        as good as root. Everybody else uses `qemu:///session`, which needs no privileges and has user-mode networking.
      '';
    };

    network = mkOption {
      type = types.enum [
        "auto"
        "default"
      ];
      default = "auto";
      description = ''
        The libvirt network of the VMs, as in the setting of the same name in k3s-vm.yaml. With "auto", k3s-vm makes a network of
        its own with the first VM. With "default", libvirt's network of that name is defined and started at boot, which NixOS
        otherwise leaves to you.
      '';
    };

    openFirewall = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether VMs may ask this host for an address and for names (DHCP and DNS, on the VMs' bridge alone). Without it they cannot
        pull images where the firewall is nftables'.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];

    # NixOS' libvirtd asks for polkit, which knows its group
    security.polkit.enable = true;
    virtualisation.libvirtd = {
      enable = true;
      # The emulator for this machine alone, a tenth of the download
      qemu.package = lib.mkDefault pkgs.qemu_kvm;
    };
    users.groups.libvirtd.members = cfg.users;

    networking.firewall = lib.mkIf cfg.openFirewall {
      interfaces = lib.genAttrs bridges (_: {
        allowedTCPPorts = [ 53 ];
        allowedUDPPorts = [
          53
          67
        ];
      });
      # Only a firewall that filters what it forwards has a place for this
      extraForwardRules = lib.mkIf config.networking.firewall.filterForward (
        lib.concatMapStrings (bridge: ''
          iifname "${bridge}" accept
        '') bridges
      );
    };

    systemd.services.k3s-vm-network = lib.mkIf (cfg.network == "default") {
      description = "libvirt's network \"default\" for k3s-vm";
      wantedBy = [ "multi-user.target" ];
      requires = [ "libvirtd.service" ];
      after = [ "libvirtd.service" ];
      path = [
        libvirt
        pkgs.gnugrep
      ];
      environment.LIBVIRT_DEFAULT_URI = "qemu:///system";
      serviceConfig.Type = "oneshot";
      script = ''
        if ! virsh net-list --all --name | grep -qx default; then
          virsh net-define ${libvirt}/var/lib/libvirt/qemu/networks/default.xml
        fi
        virsh net-autostart default
        if ! virsh net-list --name | grep -qx default; then
          virsh net-start default
        fi
      '';
    };
  };
}
