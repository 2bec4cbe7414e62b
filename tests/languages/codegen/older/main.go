// Runs Pulumi's generators of Java and C#. They are published for an older version of Pulumi's module, so they need a module of their own:
//
//	codegen-older schema.json <csharp|java> <folder>         the SDK, as `pulumi package gen-sdk` writes it
//	codegen-older schema.json program <file.pp> <folder>     C#, as `pulumi convert` writes it
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	"github.com/pulumi/pulumi/pkg/v3/codegen/dotnet"
	"github.com/pulumi/pulumi/pkg/v3/codegen/hcl2/syntax"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

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
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var spec schema.PackageSpec
	check(json.Unmarshal(text, &spec))
	pkg, diagnostics, err := schema.BindSpec(spec, nil, schema.ValidationOptions{})
	check(err)
	for _, diagnostic := range diagnostics { // Also those that are only warnings.
		check(diagnostic)
	}
	folder := os.Args[len(os.Args)-1]
	var written map[string][]byte
	switch os.Args[2] {
	case "csharp":
		// The generator downloads the logo. Here it gets whatever is in a folder, or a 404, which is good enough.
		http.DefaultTransport = http.NewFileTransport(http.Dir(folder))
		written, err = dotnet.GeneratePackage("pulumi", pkg, nil, nil)
	case "java":
		written, err = java.GeneratePackage("pulumi", pkg, nil, nil, true, false)
	case "program":
		written, err = converted(pkg, os.Args[3])
	default:
		err = fmt.Errorf("unknown: %s", os.Args[2])
	}
	check(err)
	for name, text := range written {
		path := filepath.Join(folder, filepath.FromSlash(name))
		check(os.MkdirAll(filepath.Dir(path), 0o755))
		check(os.WriteFile(path, text, 0o644))
	}
}

func converted(pkg *schema.Package, path string) (map[string][]byte, error) {
	parser := syntax.NewParser()
	file, err := os.Open(path)
	check(err)
	check(parser.ParseFile(file, filepath.Base(path)))
	program, _, err := pcl.BindProgram(parser.Files, pcl.Loader(loader{pkg}))
	check(err)
	written, _, err := dotnet.GenerateProgram(program)
	return written, err
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
