# SPDX-License-Identifier: Apache-2.0
"""Makes kubernetes.schema.json, by which deploy.py checks the manifests: make_kubernetes_schema.py NODE_MODULES >kubernetes.schema.json

NODE_MODULES comes from `npm install --ignore-scripts kubernetes-models@5.1.0 @kubernetes-models/prometheus-operator@6.0.0`. Both packages
(MIT, https://github.com/tommy351/kubernetes-models-ts) are generated from the OpenAPI document of Kubernetes and from the Prometheus
operator's custom resources (Apache-2.0); their type declarations have every field with its type, whether it is required, and its enum.
Other than the API server, the schema refuses fields that it does not know.
"""
import json
import pathlib
import re
import sys

CORE, OPERATOR = "kubernetes-models", "@kubernetes-models/prometheus-operator"
KINDS = {  # by apiVersion and kind, the declaration
    "v1 Namespace": f"{CORE}/v1/Namespace", "v1 ServiceAccount": f"{CORE}/v1/ServiceAccount", "v1 ConfigMap": f"{CORE}/v1/ConfigMap",
    "apps/v1 DaemonSet": f"{CORE}/apps/v1/DaemonSet", "batch/v1 CronJob": f"{CORE}/batch/v1/CronJob",
    **{f"rbac.authorization.k8s.io/v1 {kind}": f"{CORE}/rbac.authorization.k8s.io/v1/{kind}" for kind in ("Role", "RoleBinding", "ClusterRole")},
    "networking.k8s.io/v1 NetworkPolicy": f"{CORE}/networking.k8s.io/v1/NetworkPolicy",
    "apiextensions.k8s.io/v1 CustomResourceDefinition": f"{CORE}/apiextensions.k8s.io/v1/CustomResourceDefinition",
    **{f"admissionregistration.k8s.io/v1 {kind}": f"{CORE}/admissionregistration.k8s.io/v1/{kind}"
       for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")},
    **{f"monitoring.coreos.com/v1 {kind}": f"{OPERATOR}/monitoring.coreos.com/v1/{kind}" for kind in ("PodMonitor", "PrometheusRule")},
}
ANYTHING = {f"{CORE}/apiextensions.k8s.io/v1/{name}" for name in ("JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool",
                                                                   "JSONSchemaPropsOrStringArray")}  # declared as objects, and more than that
WORDS = {"string": {"type": "string"}, "number": {"type": "number"}, "boolean": {"type": "boolean"}, "unknown": {}, "any": {}, "object": {"type": "object"},
         "null": {"type": "null"}}
TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[\w.$]+|.)', re.DOTALL)


class Declaration:
    """One .d.ts file: the type that it declares, and where the names in it lead."""

    def __init__(self, modules, name):
        self.text = re.sub(r"/\*.*?\*/", "", (modules / f"{name}.d.ts").read_text(), flags=re.DOTALL)
        here = name.rpartition("/")[0]
        self.own = name.rpartition("/")[2]
        self.imports = {}
        for names, path in re.findall(r'import \{([^}]*)\} from "([^"]+)";', self.text):
            target = self.resolve(here, path.removesuffix(".js"))
            self.imports.update({word.strip(): target for word in names.split(",")})

    @staticmethod
    def resolve(here, path):
        if not path.startswith("."):
            return path
        parts = here.split("/")
        for part in path.split("/"):
            if part == "..":
                parts.pop()
            elif part != ".":
                parts.append(part)
        return "/".join(parts)

    def body(self):
        """The class has the fields of what it extends, too; a type without fields is an alias."""
        found = re.search(rf"declare class {self.own} [^{{]*(\{{.*?\n\}})", self.text, re.DOTALL)
        if found:
            return re.sub(r"\n    (?:static|constructor)\b.*", "", found[1])
        return re.search(rf"(?:type|interface) I?{self.own}(?: =|(?= \{{))\s*(.*?);?\n(?:export|$)", self.text, re.DOTALL)[1]


class Reader:
    """Turns a type of one declaration into a schema; `wanted` is told of every other declaration that it names."""

    def __init__(self, declaration, name, wanted):
        self.declaration, self.name, self.wanted = declaration, name, wanted
        self.tokens = [token for token in TOKEN.findall(declaration.body()) if token.strip()]

    def take(self, *expected):
        token = self.tokens.pop(0)
        assert not expected or token in expected, f"{self.name}: {token} instead of {expected}"
        return token

    def union(self):
        options = [self.single()]
        while self.tokens and self.tokens[0] == "|":
            self.take()
            options.append(self.single())
        if all("const" in option for option in options):
            return {"enum": [option["const"] for option in options]}
        return options[0] if len(options) == 1 else {"anyOf": options}

    def single(self):
        token = self.take()
        if token == "{":
            return self.fields()
        if token == "Array":
            self.take("<")
            items = self.union()
            self.take(">")
            return {"type": "array", "items": items}
        if token.startswith('"'):
            return {"const": json.loads(token)}
        if token in WORDS:
            return dict(WORDS[token])
        if self.tokens and self.tokens[0] == "[":  # IThing["kind"]
            self.take(), self.take(), self.take("]")
            return {"type": "string"}
        target = self.name if token == f"I{self.declaration.own}" else self.declaration.imports[token]
        self.wanted(target)
        return {"$ref": f"#/$defs/{target.replace('/', '~1')}"}

    def fields(self):
        if self.tokens[0] == "[":  # [key: string]: T
            self.take("["), self.take("key"), self.take(":"), self.take("string"), self.take("]"), self.take(":")
            value = self.union()
            self.take(";"), self.take("}")
            return {"type": "object", "additionalProperties": value}
        properties, required = {}, []
        while self.tokens[0] != "}":
            name = json.loads(self.take())
            if self.take("?", ":") == "?":
                self.take(":")
            else:
                required.append(name)
            if name == "managedFields" or name == "status" and "kind" in properties:  # the cluster writes these
                while self.take() != ";":
                    pass
                continue
            properties[name] = self.union()
            self.take(";")
        self.take("}")
        return {"type": "object", "properties": properties, "additionalProperties": False,
                **({"required": required} if required else {})} if properties else {"type": "object"}


def main():
    modules = pathlib.Path(sys.argv[1])
    definitions, waiting = {}, sorted(set(KINDS.values()))
    while waiting:
        name = waiting.pop()
        if name in definitions:
            continue
        declaration = Declaration(modules, name)
        definitions[name] = {} if name in ANYTHING else Reader(declaration, name, waiting.append).union()
    versions = {name: json.loads((modules / name / "package.json").read_text())["version"] for name in (CORE, OPERATOR)}
    comment = ("Made by make_kubernetes_schema.py from the npm packages " + " and ".join(f"{name} {version}" for name, version in versions.items())
               + ": MIT License, Copyright (c) 2018 Tommy Chen; from the API documents of Kubernetes and of the Prometheus operator: Apache-2.0.")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(definitions[name], separators=(',', ':'))}" for name in sorted(definitions))
    kinds = json.dumps({kind: {"$ref": f"#/$defs/{name.replace('/', '~1')}"} for kind, name in KINDS.items()}, indent=1)
    print(f'{{"$comment": {json.dumps(comment)},\n"kinds": {kinds},\n"$defs": {{\n{lines}\n}}}}')


main()
