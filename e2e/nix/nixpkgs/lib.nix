# As much of nixpkgs' lib as flake.nix and nix/ use: its module system in small. An option that is not declared, or a value of another
# type, is an error, as there.
let
  inherit (builtins)
    all any attrNames concatLists concatMap concatStringsSep elem filter foldl' foldl head isAttrs isBool isFunction isInt
    isList isPath isString length listToAttrs mapAttrs stringLength substring toString trace
    ;
  type = name: check: merge: { _type = "type"; inherit name check merge; };
  same = path: values: if all (value: value == head values) values then head values else throw "${path} is set to different values";
  types = rec {
    bool = type "bool" isBool same;
    int = type "int" isInt same;
    str = type "str" isString same;
    lines = type "lines" isString (_: concatStringsSep "\n");
    path = type "path" (value: isPath value || isString value) same;
    package = type "package" (value: isAttrs value && value ? outPath) (_: head);
    anything = type "anything" (_: true) (path: values:
      if all isAttrs values && !(any (value: value ? outPath) values) then mergeAttrsOf anything path values
      else if all isList values then concatLists values else same path values);
    enum = values: type "enum" (value: elem value values) same;
    nullOr = of: type "nullOr ${of.name}" (value: value == null || of.check value) (path: values: if head values == null then null else of.merge path values);
    listOf = of: type "listOf ${of.name}" (value: isList value && all of.check value) (_: concatLists);
    attrsOf = of: type "attrsOf ${of.name}" isAttrs (mergeAttrsOf of);
    submodule = options: type "submodule" isAttrs (path: values: evaluate path options values);
  };
  mergeAttrsOf = of: path: values:
    listToAttrs (concatMap (name:
      let found = leaf of "${path}.${name}" (concatMap (value: if value ? ${name} then [ value.${name} ] else [ ]) values);
      in if found == null then [ ] else [ { inherit name; inherit (found) value; } ]) (unique (concatMap attrNames values)));
  unique = foldl' (found: one: if elem one found then found else found ++ [ one ]) [ ];

  # mkIf and mkMerge around options move to their values, so that no condition is looked at before its value is
  push = value:
    if value._type or null == "merge" then concatMap push value.contents
    else if value._type or null == "if" then map (mapAttrs (_: mkIf value.condition)) (push value.content)
    else [ value ];
  # The values themselves, with their priorities
  discharge = value:
    let kind = if isAttrs value then value._type or null else null; in
    if kind == "merge" then concatMap discharge value.contents
    else if kind == "if" then (if value.condition then discharge value.content else [ ])
    else if kind == "override" then map (one: one // { inherit (value) priority; }) (discharge value.content)
    else [ { priority = 100; inherit value; } ];
  leaf = of: path: definitions:
    let
      found = concatMap discharge definitions;
      best = foldl' (least: one: if one.priority < least then one.priority else least) 10000 found;
      values = map (one: if of.check one.value then one.value else throw "${path} is no ${of.name}") (filter (one: one.priority == best) found);
    in if found == [ ] then null else { value = of.merge path values; };

  evaluate = path: options: configs:
    let
      at = name: if path == "" then name else "${path}.${name}";
      pushed = concatMap push configs;
      strange = filter (name: !(options ? ${name})) (unique (concatMap attrNames pushed));
      definitions = name: concatMap (config: if config ? ${name} then [ config.${name} ] else [ ]) pushed;
      one = name: option:
        if option._type or null != "option" then evaluate (at name) option (definitions name)
        else
          let found = leaf (option.type or types.anything) (at name) (definitions name);
          in if found != null then found.value else option.default or (throw "${at name} is used but not defined");
    in if strange != [ ] then throw "The option ${at (head strange)} does not exist" else mapAttrs one options;

  union = a: b: a // mapAttrs (name: value: if a ? ${name} && !(a.${name} ? _type) then union a.${name} value else value) b;

  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  lib = rec {
    inherit types mkIf mkOverride;
    mkMerge = contents: { _type = "merge"; inherit contents; };
    mkDefault = mkOverride 1000;
    mkForce = mkOverride 50;
    mkOption = option: option // { _type = "option"; };
    mkEnableOption = description: mkOption { type = types.bool; default = false; inherit description; };
    literalExpression = text: { _type = "literalExpression"; inherit text; };
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: values: if condition then values else [ ];
    optionalString = condition: text: if condition then text else "";
    genAttrs = names: f: listToAttrs (map (name: { inherit name; value = f name; }) names);
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    makeBinPath = packages: concatStringsSep ":" (map (package: "${package}/bin") packages);
    concatMapStrings = f: values: concatStringsSep "" (map f values);
    inherit any;
    assertMsg = condition: message: condition || throw message;
    fetchers.proxyImpureEnvVars = [ "http_proxy" "https_proxy" "no_proxy" ];
    licenses.mit = "MIT";
    evalModules = { modules, specialArgs ? { } }:
      let
        args = specialArgs // { inherit lib config options; };
        load = module:
          let
            read = if isPath module || isString module then import module else module;
            body = if isFunction read then read args else read;
          in concatMap load (body.imports or [ ]) ++ [ body ];
        loaded = concatMap load modules;
        options = foldl' union { } (map (module: module.options or { }) loaded);
        config = evaluate "" options (map (module: module.config or (removeAttrs module [ "imports" "options" ])) loaded);
      in { inherit config options; };
  };
in
lib
