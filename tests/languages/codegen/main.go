// Runs Pulumi's published generators, because the language hosts that can be built from the Go module proxy have none:
//
//	codegen schema.json <go|nodejs|python> <folder>         the SDK, as `pulumi package gen-sdk` writes it
//	codegen schema.json program <file.pp> <folder>          TypeScript, as `pulumi convert` writes it
//	codegen schema.json import <deployment.json> <folder>   TypeScript for all resources of an exported stack, as `pulumi import` prints it
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/hashicorp/hcl/v2"
	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/hcl2/syntax"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/pkg/v3/importer"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

type files = map[string][]byte

// loader knows the one package of the schema.
type loader struct{ pkg *schema.Package }

func (l loader) LoadPackage(string, *semver.Version) (*schema.Package, error) { return l.pkg, nil }

func (l loader) LoadPackageV2(context.Context, *schema.PackageDescriptor) (*schema.Package, error) {
	return l.pkg, nil
}

func (l loader) LoadPackageReference(string, *semver.Version) (schema.PackageReference, error) {
	return l.pkg.Reference(), nil
}

func (l loader) LoadPackageReferenceV2(context.Context, *schema.PackageDescriptor) (schema.PackageReference, error) {
	return l.pkg.Reference(), nil
}

func main() {
	pkg := bound(read(os.Args[1]))
	switch what, last := os.Args[2], os.Args[len(os.Args)-1]; what {
	case "go":
		write(last)(golang.GeneratePackage("pulumi", pkg, nil))
	case "nodejs":
		write(last)(nodejs.GeneratePackage("pulumi", pkg, nil, nil, true, loader{pkg}))
	case "python":
		write(last)(python.GeneratePackage("pulumi", pkg, nil, loader{pkg}))
	case "program":
		write(last)(converted(pkg, os.Args[3]))
	case "import":
		write(last)(imported(pkg, read(os.Args[3])))
	default:
		check(fmt.Errorf("unknown: %s", what))
	}
}

func bound(text []byte) *schema.Package {
	var spec schema.PackageSpec
	check(json.Unmarshal(text, &spec))
	pkg, diagnostics, err := schema.BindSpec(spec, loader{}, schema.ValidationOptions{})
	check(err)
	for _, diagnostic := range diagnostics { // Also those that are only warnings.
		check(diagnostic)
	}
	return pkg
}

func converted(pkg *schema.Package, path string) (files, error) {
	parser := syntax.NewParser()
	file, err := os.Open(path)
	check(err)
	check(parser.ParseFile(file, filepath.Base(path)))
	checkAll(parser.Diagnostics)
	program, diagnostics, err := pcl.BindProgram(parser.Files, loader{pkg})
	check(err)
	checkAll(diagnostics)
	return generated(program)
}

func imported(pkg *schema.Package, text []byte) (files, error) {
	var exported struct{ Deployment apitype.DeploymentV3 }
	check(json.Unmarshal(text, &exported))
	var states, snapshot []*pkgresource.State
	for _, one := range exported.Deployment.Resources {
		state := &pkgresource.State{
			Type: one.Type, URN: one.URN, Custom: one.Custom, ID: one.ID, Provider: one.Provider, Protect: one.Protect,
			Inputs: resource.NewPropertyMapFromMap(one.Inputs),
		}
		snapshot = append(snapshot, state)
		if one.Type.Package() == "jenkins" {
			states = append(states, state)
		}
	}
	var written files
	err := importer.GenerateLanguageDefinitions(io.Discard, loader{pkg}, func(_ io.Writer, program *pcl.Program) error {
		var err error
		written, err = generated(program)
		return err
	}, states, snapshot, nil)
	return written, err
}

func generated(program *pcl.Program) (files, error) {
	written, diagnostics, err := nodejs.GenerateProgram(program)
	checkAll(diagnostics)
	return written, err
}

func read(path string) []byte {
	text, err := os.ReadFile(path)
	check(err)
	return text
}

func write(folder string) func(files, error) {
	return func(written files, err error) {
		check(err)
		for name, text := range written {
			path := filepath.Join(folder, filepath.FromSlash(name))
			check(os.MkdirAll(filepath.Dir(path), 0o755))
			check(os.WriteFile(path, text, 0o644))
		}
	}
}

func checkAll(diagnostics hcl.Diagnostics) {
	if diagnostics.HasErrors() {
		check(diagnostics)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
