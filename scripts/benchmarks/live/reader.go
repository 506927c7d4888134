package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/gorilla/websocket"
	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgtype"
)

// read is the job of a notifier in the plainest way: changes of jobs come from a
// slot, and each row is written as one JSON object, by the one goroutine that
// reads, to the connection of its owner. It waits for every client, knows no
// filters, does not look whether a commit shows, and what is missed is lost.
func (f *floor) read(ctx context.Context, url string) error {
	conn, err := follow(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	relations := map[uint32]*pglogrepl.RelationMessage{}
	for {
		message, err := conn.ReceiveMessage(ctx)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		data, ok := message.(*pgproto3.CopyData)
		if !ok {
			return fmt.Errorf("receive: %T", message)
		}
		if data.Data[0] == pglogrepl.PrimaryKeepaliveMessageByteID {
			alive, err := pglogrepl.ParsePrimaryKeepaliveMessage(data.Data[1:])
			if err == nil && alive.ReplyRequested {
				err = pglogrepl.SendStandbyStatusUpdate(ctx, conn, pglogrepl.StandbyStatusUpdate{WALWritePosition: alive.ServerWALEnd})
			}
			if err != nil {
				return err
			}
			continue
		}
		x, err := pglogrepl.ParseXLogData(data.Data[1:])
		if err != nil {
			return err
		}
		change, err := pglogrepl.Parse(x.WALData)
		if err != nil {
			return err
		}
		switch m := change.(type) {
		case *pglogrepl.RelationMessage:
			relations[m.RelationID] = m
		case *pglogrepl.UpdateMessage:
			if err := f.tell(relations[m.RelationID], m.NewTuple); err != nil {
				return err
			}
		}
	}
}

// follow makes a slot and starts its stream.
func follow(ctx context.Context, url string) (*pgconn.PgConn, error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["replication"] = "database"
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, `create publication floor for table jobs`).ReadAll(); err != nil {
		return nil, err
	}
	slot, err := pglogrepl.CreateReplicationSlot(ctx, conn, "floor", "pgoutput", pglogrepl.CreateReplicationSlotOptions{Temporary: true})
	if err != nil {
		return nil, err
	}
	from, err := pglogrepl.ParseLSN(slot.ConsistentPoint)
	if err != nil {
		return nil, err
	}
	return conn, pglogrepl.StartReplication(ctx, conn, "floor", from,
		pglogrepl.StartReplicationOptions{PluginArgs: []string{"proto_version '1'", "publication_names 'floor'"}})
}

// asItIs are the types that print as JSON: numbers, and jsonb.
var asItIs = map[uint32]bool{pgtype.Int4OID: true, pgtype.Int8OID: true, pgtype.Float4OID: true, pgtype.JSONBOID: true}

// tell writes a row to its owner.
func (f *floor) tell(table *pglogrepl.RelationMessage, row *pglogrepl.TupleData) error {
	owner := ""
	message := make([]byte, 0, 1024)
	message = append(message, `{"type":"job"`...)
	for i, column := range row.Columns {
		name := table.Columns[i].Name
		message = append(append(append(message, `,"`...), name...), `":`...)
		switch {
		case column.DataType != pglogrepl.TupleDataTypeText:
			message = append(message, "null"...)
		case asItIs[table.Columns[i].DataType]:
			message = append(message, column.Data...)
		default:
			message = strconv.AppendQuote(message, string(column.Data))
		}
		if name == "user_id" {
			owner = string(column.Data)
		}
	}
	f.mu.Lock()
	ws := f.owners[owner]
	f.mu.Unlock()
	if ws == nil {
		return nil
	}
	return ws.WriteMessage(websocket.TextMessage, append(message, '}'))
}
