// SPDX-License-Identifier: Apache-2.0
// The server of custom resources of a newer Kubernetes, with the ValidatingAdmissionPolicies of a file in force:
//
//	apiextensions --policies FILE OPTION...
//
// The old API server beside it has no such resource, so the admission plugin reads the policies from the file instead.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	genericserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/spf13/pflag"
)

// complete fills in what a whole API server fills in when it stores a policy.
func complete(spec *admissionregistration.ValidatingAdmissionPolicySpec) {
	equivalent, all := admissionregistration.Equivalent, admissionregistration.AllScopes
	match := spec.MatchConstraints
	match.MatchPolicy = &equivalent
	match.NamespaceSelector, match.ObjectSelector = &meta.LabelSelector{}, &meta.LabelSelector{}
	for i := range match.ResourceRules {
		match.ResourceRules[i].Scope = &all
	}
}

// read returns the objects of a file, which has nothing but policies and their bindings.
func read(path string) ([]runtime.Object, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var objects []runtime.Object
	for documents := yaml.NewYAMLReader(bufio.NewReader(file)); ; {
		text, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		object, _, err := scheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if policy, is := object.(*admissionregistration.ValidatingAdmissionPolicy); is {
			complete(&policy.Spec)
		}
		objects = append(objects, object)
	}
}

// source makes the plugin of the policies read from the given factory instead of the old API server.
type source struct{ factory informers.SharedInformerFactory }

func (s source) Initialize(plugin admission.Interface) {
	if policies, is := plugin.(*validating.Plugin); is {
		policies.SetExternalKubeInformerFactory(s.factory)
	}
}

func run(arguments []string) error {
	configuration := options.NewCustomResourceDefinitionsServerOptions(os.Stdout, os.Stderr)
	flags := pflag.NewFlagSet("apiextensions", pflag.ContinueOnError)
	configuration.AddFlags(flags)
	policies := flags.String("policies", "/dev/null", "file of ValidatingAdmissionPolicies and their bindings")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if err := configuration.ServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return err
	}
	objects, err := read(*policies)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(fake.NewSimpleClientset(objects...), 0)
	configuration.RecommendedOptions.ExtraAdmissionInitializers =
		func(made *genericserver.RecommendedConfig) ([]admission.PluginInitializer, error) {
			start := func(context genericserver.PostStartHookContext) error {
				factory.Start(context.Done())
				return nil
			}
			return []admission.PluginInitializer{source{factory}}, made.AddPostStartHook("policies", start)
		}
	if err := configuration.Complete(); err != nil {
		return err
	}
	if err := configuration.Validate(); err != nil {
		return err
	}
	return server.Run(genericserver.SetupSignalContext(), configuration)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
