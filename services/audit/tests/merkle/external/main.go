// Says which proofs the packages note and tlog of the Go project accept: a line of JSON for each
// claim on standard input, a line with true or false for each on standard output.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A claim is about a leaf where it has one, else about an older checkpoint.
type claim struct {
	Vkey   string
	Note   string
	Old    string
	Leaf   []byte
	Index  int64
	Hashes [][]byte
}

func tree(text string, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("no checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(hash) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("no root")
	}
	return tlog.Tree{N: size, Hash: tlog.Hash(hash)}, nil
}

func check(told claim) error {
	found, err := tree(told.Note, told.Vkey)
	if err != nil {
		return err
	}
	hashes := make([]tlog.Hash, len(told.Hashes))
	for i, one := range told.Hashes {
		if copy(hashes[i][:], one) != len(one) || len(one) != tlog.HashSize {
			return fmt.Errorf("no hash")
		}
	}
	if told.Old == "" {
		leaf := tlog.RecordHash(told.Leaf)
		return tlog.CheckRecord(tlog.RecordProof(hashes), found.N, found.Hash, told.Index, leaf)
	}
	old, err := tree(told.Old, told.Vkey)
	if err != nil {
		return err
	}
	return tlog.CheckTree(tlog.TreeProof(hashes), found.N, found.Hash, old.N, old.Hash)
}

func main() {
	claims := bufio.NewScanner(os.Stdin)
	claims.Buffer(nil, 1<<20)
	for claims.Scan() {
		var told claim
		if err := json.Unmarshal(claims.Bytes(), &told); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Println(check(told) == nil)
	}
}
