# ActiveRecord's migrations on a declared schema, for t/migrations.pl.
require 'active_record'
require 'pg'

ActiveRecord::Base.establish_connection(adapter: 'postgresql', database: ENV.fetch('PGDATABASE'))
ActiveRecord::Base.pluralize_table_names = false
ActiveRecord::Migration.verbose = false

ActiveRecord::Schema.define do
  case ARGV.fetch(0)
  when 'make'
    create_table(:parent) { |t| t.text :name }
    create_table(:child) { |t| t.references :parent, foreign_key: true, index: { unique: true } }
  when 'remove and add'
    remove_foreign_key :child, :parent
    rename_column :child, :parent_id, :owner_id
    add_foreign_key :child, :parent, column: :owner_id, on_delete: :nullify
  when 'remove and add the index'
    remove_index :child, :owner_id
    add_index :child, :owner_id, unique: true, name: 'another'
  end
end
