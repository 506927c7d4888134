package problem_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/internal/problem"
)

func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	word := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	last := ""
	for _, k := range problem.Catalogue() {
		if !word.MatchString(k.Code) {
			t.Errorf("code %q is not snake_case", k.Code)
		}
		if k.Code <= last {
			t.Errorf("code %q stands twice or out of order", k.Code)
		}
		if k.Cause() == "" {
			t.Errorf("what causes %s is not told (causes.go)", k.Code)
		}
		if k.Status < 400 || k.Status > 599 || k.Title == "" || k.Hint == "" {
			t.Errorf("entry is not whole: %+v", k)
		}
		if got, ok := problem.Lookup(k.Code); !ok || got != k {
			t.Errorf("Lookup(%q) does not find its entry", k.Code)
		}
		last = k.Code
	}
}

// The rooms make errors with codes as plain words, because they must not know
// this package. Here the words are collected from their sources: from the
// field Code of the error types, and from arguments of functions whose
// parameter is called code.
func TestEveryCodeInTheTreeIsInTheList(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	found := 0
	for _, room := range []string{"dataset", "internal/job", "internal/engine", "internal/storage", "internal/auth", "internal/problem", "processor", "ingest"} {
		for _, use := range codesOf(t, filepath.Join(root, room)) {
			found++
			if _, ok := problem.Lookup(use.code); !ok {
				t.Errorf("%s: code %q is not in the list", use.at, use.code)
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d codes found: does the search still know the error types?", found)
	}
}

func TestEveryCodeOfTheSchemaIsInTheList(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile(`error_code\s*(?:=|:=|=>)\s*'([a-z_]+)'`)
	files, _ := filepath.Glob(filepath.Join("..", "..", "schema", "*.sql"))
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range code.FindAllSubmatch(text, -1) {
			if _, ok := problem.Lookup(string(m[1])); !ok {
				t.Errorf("%s: code %q is not in the list", name, m[1])
			}
		}
	}
}

type use struct{ code, at string }

func codesOf(t *testing.T, dir string) []use {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(fset, path, nil, 0)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatalf("read the sources of %s: %v", dir, err)
	}
	takers := codeTakers(files)
	var uses []use
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			code, _ := strconv.Unquote(lit.Value)
			if code != "" {
				uses = append(uses, use{code, fset.Position(lit.Pos()).String()})
			}
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				addCodeField(n, add)
			case *ast.CallExpr:
				if i, ok := takers[calledName(n)]; ok && i < len(n.Args) {
					add(n.Args[i])
				}
			}
			return true
		})
	}
	return uses
}

// addCodeField adds the field Code of a literal of one of the error types.
func addCodeField(lit *ast.CompositeLit, add func(ast.Expr)) {
	if name := typeName(lit.Type); name != "Error" && name != "SpecError" && name != "Failure" && name != "Choice" {
		return
	}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Code" {
				add(kv.Value)
			}
		}
	}
}

// codeTakers maps the functions that take a parameter called code to its place.
// A code beside a severity is that of a warning, which is no problem.
func codeTakers(files []*ast.File) map[string]int {
	takers := map[string]int{"New": 0} // problem.New
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			i, warning := 0, false
			for _, field := range fn.Type.Params.List {
				for _, name := range field.Names {
					warning = warning || name.Name == "severity"
					if name.Name == "code" && typeName(field.Type) == "string" {
						takers[fn.Name.Name] = i
					}
					i++
				}
			}
			if warning {
				delete(takers, fn.Name.Name)
			}
		}
	}
	return takers
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "problem" && f.Sel.Name == "New" {
			return "New"
		}
		if f.Sel.Name != "New" {
			return f.Sel.Name
		}
	}
	return ""
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.StarExpr:
		return typeName(e.X)
	}
	return ""
}
