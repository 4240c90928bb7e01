#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every source file is in its room, and every include follows the table of rooms
# in ARCHITECTURE.md; only backends/ includes netfilter's headers; config.h is
# the first include of every .c; no room holds more than 40 files. "layers.sh
# DIR" checks the tree DIR; without DIR it first proves that it finds each kind
# of fault in a damaged copy.
set -u -o pipefail
cd "${srcdir:-$(dirname "$0")/..}" || exit 99
most=40

# check TREE: says each fault; 1 if there is one
check()
{
	cd "$1" || exit 99
	find compiler backends cli -name '*.[ch]' -printf '%p\n' | sort |
	awk -v most="$most" '
	function fault(text) { print text; bad = 1 }

	function trim(s) { gsub(/^ +| +$/, "", s); return s }

	function room_of(path) { sub(/\/[^\/]*$/, "", path); return path }

	function read_table(   line, cell, n, word, i) {
		while ((getline line < "ARCHITECTURE.md") > 0) {
			if (line ~ /^<!-- rooms:/)
				inside = 1
			if (!inside || line !~ /^\| *(compiler|backends|cli)/)
				continue
			split(line, cell, "|")
			room = trim(cell[2])
			rooms[room] = 1
			n = split(trim(cell[3]), word, " ")
			for (i = 1; i <= n; i++) {
				if (word[i] in place)
					fault("ARCHITECTURE.md: two files \"" \
					      word[i] "\"")
				place[word[i]] = room
			}
			allowed[room] = " " trim(cell[4]) " "
		}
	}

	# May a file of room FROM include one of room TO?
	function may(from, to,   up) {
		if (from == to || index(allowed[from], " " to " "))
			return 1
		for (up = to; up != ""; up = sub(/\/[^\/]*$/, "", up) ? up : "")
			if (index(allowed[from], " " up "/* "))
				return 1
		return 0
	}

	function check_include(path, number, line,   to) {
		if (line ~ /<(libnftnl|libmnl|libiptc|xtables\.h|linux\/netfilter)/ &&
		    path !~ /^backends\//)
			fault(path ":" number ": netfilter headers belong in backends/")
		if (line !~ /"/)
			return
		to = line
		sub(/^[^"]*"/, "", to)
		sub(/".*/, "", to)
		if (to == "config.h" || to == "paths.h")
			return
		if (!(room_of(to) in rooms))
			fault(path ":" number ": \"" to "\" is in no room")
		else if (!may(room_of(path), room_of(to)))
			fault(path ":" number ": " room_of(path) \
			      " may not include \"" to "\"")
	}

	function check_file(path,   stem, line, n, first) {
		stem = path
		sub(/.*\//, "", stem)
		sub(/\.[ch]$/, "", stem)
		seen[stem] = 1
		if (++files[room_of(path)] == most + 1)
			fault(room_of(path) ": more than " most " files")
		if (!(stem in place))
			fault(path ": has no room in ARCHITECTURE.md")
		else if (place[stem] != room_of(path))
			fault(path ": its room is " place[stem])
		while ((getline line < path) > 0) {
			n++
			if (line !~ /^[ \t]*#[ \t]*include/)
				continue
			if (!first && path ~ /\.c$/ &&
			    line != "#include \"config.h\"")
				fault(path ":" n ": the first include is not \"config.h\"")
			first = 1
			check_include(path, n, line)
		}
		close(path)
	}

	BEGIN { read_table() }
	{ check_file($0) }
	END {
		for (stem in place)
			if (!(stem in seen))
				fault("ARCHITECTURE.md: there is no file \"" \
				      stem "\"")
		if (NR < 100)
			fault("only " NR " files")
		exit bad
	}'
}

[ $# = 0 ] || { check "$1"; exit; }

# spoil TEXT COMMAND...: in a copy of the tree COMMAND must make check say TEXT
spoil()
{
	local text=$1 copy said
	shift
	copy=$(mktemp -d)
	cp -r compiler backends cli ARCHITECTURE.md "$copy"
	chmod -R u+w "$copy"
	(cd "$copy" && "$@")
	said=$(bash "$here" "$copy") && {
		echo "not found: $text"
		bad=1
	}
	grep -qF "$text" <<<"$said" || {
		echo "not said: $text; but: $said"
		bad=1
	}
	rm -rf "$copy"
}

add_line()
{
	echo "$2" >>"$1"
}

here=$PWD/tests/layers.sh
bad=0
(check .) || bad=1
spoil 'compiler/base/source.c: its room is compiler/pf' \
	sed -i 's/ source / /; s/| groups /| groups source /' ARCHITECTURE.md
spoil 'backends/nft/mem.c: its room is compiler/base' \
	mv compiler/base/mem.c backends/nft/mem.c
spoil 'cli/news.c: has no room' add_line cli/news.c '#include "config.h"'
spoil 'compiler/pf may not include "compiler/load/load.h"' \
	add_line compiler/pf/pffile.c '#include "compiler/load/load.h"'
spoil '"compiler/old/load.h" is in no room' \
	add_line compiler/pf/pffile.c '#include "compiler/old/load.h"'
spoil 'compiler/pf may not include "compiler/compile.h"' \
	add_line compiler/pf/pffile.c '#include "compiler/compile.h"'
spoil 'netfilter headers belong in backends/' \
	add_line cli/main.c '#include <libmnl/libmnl.h>'
spoil 'the first include is not "config.h"' \
	sed -i '/#include "config.h"/d' compiler/base/mem.c
spoil 'there is no file "mem"' rm compiler/base/mem.c compiler/base/mem.h
exit $bad
