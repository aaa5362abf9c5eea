# ActiveRecord: the scenarios of t/clients.pl in its own idiom.
require 'active_record'
require 'pg'
require_relative 'serve'

ActiveRecord::Base.establish_connection(adapter: 'postgresql', database: ENV.fetch('PGDATABASE'), pool: 10)
ActiveRecord::Base.pluralize_table_names = false
ActiveRecord::Migration.verbose = false

class Parent < ActiveRecord::Base
  has_one :child
  has_one :draft, dependent: :destroy
  has_one :profile, dependent: :destroy
end

class Child < ActiveRecord::Base
  belongs_to :parent, optional: true
end

class Draft < ActiveRecord::Base
  belongs_to :parent, optional: true
end

class Profile < ActiveRecord::Base
  belongs_to :parent
end

def tables
  ActiveRecord::Schema.define do
    create_table(:parent) { |t| t.text :name }
    create_table(:child) do |t|
      t.text :name
      t.references :parent, foreign_key: true, index: false
    end
    create_table(:draft) do |t|
      t.text :name
      t.references :parent, foreign_key: true, index: false
    end
    create_table(:profile) do |t|
      t.text :name
      t.references :parent, foreign_key: true, null: false, index: false
    end
  end
end

def create(attribute)
  Parent.find(1).public_send("create_#{attribute}!", name: 'n')
end

def assign(attribute, model)
  Parent.find(1).public_send("#{attribute}=", model.new(name: 'n'))
end

def save_twice
  parent = Parent.find(1)
  parent.child = Child.new(name: 'n')
  parent.save!
  parent.child.update!(name: 'm')
end

def move(model)
  model.find(1).update!(parent: Parent.find(2))
end

def swap(model)
  one, two = model.order(:id).to_a
  model.transaction do
    mine = one.parent
    one.update!(parent: two.parent)
    two.update!(parent: mine)
  end
end

def swap_bulk
  Child.upsert_all([{ id: 1, name: 'a', parent_id: 2 }, { id: 2, name: 'b', parent_id: 1 }])
end

def create_bulk
  Child.insert_all!([{ name: 'n', parent_id: 1 }, { name: 'm', parent_id: 2 }])
end

def two_sessions
  parents = [Parent.find(3), Parent.find(3)]
  raise 'there is a child' if parents.any?(&:child)

  parents.zip(%w[n m]) { |parent, name| parent.child = Child.new(name: name) }
end

def with_connection(&)
  ActiveRecord::Base.connection_pool.with_connection(&)
end

def stale
  child = Child.find(1)
  Child.transaction do
    Child.where(id: 1).update_all(parent_id: nil)
    Child.create!(name: 'n', parent_id: 1)
  end
  child.update!(name: 'm')
end

serve('ActiveRecord', ActiveRecord.version, {
  'tables' => -> { tables },
  'create' => -> { create(:child) },
  'assign' => -> { assign(:child, Child) },
  'save_twice' => -> { save_twice },
  'unset' => -> { Parent.find(1).child = nil },
  'move' => -> { move(Child) },
  'swap' => -> { swap(Child) },
  'swap_bulk' => -> { swap_bulk },
  'create_bulk' => -> { create_bulk },
  'two_sessions' => -> { two_sessions },
  # outside of a transaction create_child! takes another's new child for the old one
  'at_once' => -> { at_once { with_connection { Parent.transaction { create(:child) } } } },
  'upsert_id' => -> { Child.upsert({ id: 1, name: 'n', parent_id: 2 }) },
  'upsert' => -> { Child.upsert({ name: 'n', parent_id: 1 }, unique_by: :parent_id) },
  'ignore' => -> { Child.insert_all([{ name: 'n', parent_id: 1 }, { name: 'm', parent_id: 3 }]) },
  # create_or_find_by would replace: it waits for an error that no longer comes
  'find_or_create' => -> { 2.times { Child.create_with(name: 'n').find_or_create_by!(parent_id: 3) } },
  'stale' => -> { stale },
  'stale_changed' => -> { stale },
  'draft_create' => -> { create(:draft) },
  'draft_assign' => -> { assign(:draft, Draft) },
  'draft_unset' => -> { Parent.find(1).draft = nil },
  'draft_move' => -> { move(Draft) },
  'draft_swap' => -> { swap(Draft) },
  'draft_parent' => -> { Parent.find(1).destroy! },
  'profile_create' => -> { create(:profile) },
  'profile_assign' => -> { assign(:profile, Profile) },
  'profile_move' => -> { move(Profile) }
})
